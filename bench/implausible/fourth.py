"""Plants by a fourth author; see the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.implausible.kind import Plants

FOURTH: dict[str, Plants] = {
    "drug-spend": {
        # 71,000 USD of Social Security: even two maximum benefits of 2003 come to about 45,000 (law).
        "a Social Security cheque far above the legal maximum": {
            "ssiratio": 0.949992299079895,
            "income": 74.99600219726562,
        },
        # The 2003 poverty line for one person over 65 was about 8,800 USD; 24,000 is nearly three times that.
        "a single person in poverty on 24,000 dollars": {"poverty": 1, "marry": 0, "income": 24.0},
        # Nine chronic conditions is multi-organ illness; nobody so ill calls it very good health (medicine).
        "very good health with nine chronic conditions": {"vegood": 1, "totchr": 9},
        # The priority list holds the common chronic diseases; seven conditions cannot all miss it.
        "seven chronic conditions, none of them on the priority list": {"priolist": 0, "totchr": 7},
        # Poor health and a heavy drug bill need a disease to treat; here there is none of any kind.
        "poor health and a heavy drug bill without any disease": {
            "poor": 1,
            "totchr": 0,
            "priolist": 0,
            "high_spend": 1,
        },
        # Earnings follow schooling; a person never schooled does not draw a quarter of a million in old age.
        "never at school, a quarter of a million a year": {"educyr": 0, "income": 249.25421142578125},
        # A part of the income cannot be more than two and a half times the income (arithmetic).
        "Social Security more than twice the whole income": {"ssiratio": 2.662680625915528, "income": 18.0},
        # A benefit is not negative, so its share of a positive income is not (arithmetic).
        "a negative Social Security share of a positive income": {"ssiratio": -0.5959475636482239, "income": 30.0},
        # The largest firms with a health plan pay a wage or a pension above the poverty line of the old.
        "in poverty with the health plan of one of the largest firms": {
            "poverty": 1,
            "firmsz": 50.0,
            "hi_empunion": 1,
        },
        # Whoever has a job has wages, so Social Security cannot be all of the income.
        "works for a large firm, but Social Security is all the income": {
            "firmsz": 50.0,
            "ssiratio": 1.0,
            "income": 14.0,
        },
        # None of the three bands means high income (400% of the poverty line, 35,000 USD for one), not 1,000 USD.
        "in the top income band on 1,000 dollars a year": {
            "poverty": 0,
            "lowincome": 0,
            "midincome": 0,
            "income": 1.0,
        },
        # A firm pays its employees; a job at a firm of this size without a dollar of income is not one.
        "works for a large firm for no income at all": {"firmsz": 20.0, "income": 0.0, "ssiratio": 0.0},
        # 1% of 12,000 USD is 10 USD a month; a worker's benefit comes to hundreds.
        "a Social Security cheque of ten dollars a month": {"ssiratio": 0.0101770376786589, "income": 12.0},
        # Seven chronic conditions and poor health after 65 end a working life (medicine).
        "in poor health with seven conditions, yet at work in a large firm": {
            "poor": 1,
            "totchr": 7,
            "firmsz": 50.0,
        },
        # The smallest firm size is a person alone: no branches, and none that leave the owner in poverty.
        "a one-person firm with several branches and an owner in poverty": {
            "firmsz": 0.1000000014901161,
            "multlc": 1,
            "poverty": 1,
        },
        # 20,000 USD is close to the highest benefit of 2003; it takes a life of top earnings (law, economics).
        "never at school, alone, on the highest Social Security benefit": {
            "educyr": 0,
            "marry": 0,
            "ssiratio": 1.0,
            "income": 20.0,
        },
        # Employees of 91 at a large firm are all but unknown, and with five chronic conditions unbelievable.
        "an employee of 91 at a large firm with five chronic conditions": {
            "age": 91,
            "firmsz": 50.0,
            "totchr": 5,
        },
        # Who has no money at all, no benefit either, and nothing to treat does not run up 2,500 USD of drugs.
        "no income, no disease, thousands spent on drugs": {
            "income": 0.0,
            "ssiratio": 0.0,
            "totchr": 0,
            "high_spend": 1,
        },
        # The low band starts above the poverty line; a loss of 10,000 USD is far below it.
        "a loss of 10,000 dollars that counts as above the poverty line": {
            "lowincome": 1,
            "income": -10.067999839782717,
            "ssiratio": 0.0,
        },
        # Nine conditions take nine or more drugs; with a plan that pays for them the year costs far over 2,500 USD.
        "nine conditions, fair health, a health plan, yet few drugs": {
            "totchr": 9,
            "fair": 1,
            "hi_empunion": 1,
            "high_spend": 0,
        },
    },
    "diabetes130": {
        # 648: other current conditions in the mother, complicating pregnancy.
        "a man admitted for a complication of pregnancy": {"gender": "Male", "diag_1": "648"},
        # 600: hyperplasia of the prostate.
        "a woman with an enlarged prostate": {"gender": "Female", "diag_1": "600"},
        # Workers' compensation pays for injuries at work; children under ten do not work (law).
        "a child under ten paid for by workers' compensation": {"age": "[0-10)", "payer_code": "WC"},
        # The frail very old weigh little; nobody of more than 200 kg lives to 90.
        "a ninety-year-old of more than 200 kilograms": {"age": "[90-100)", "weight": ">200"},
        # Paediatric endocrinologists treat children.
        "a patient over eighty under a children's endocrinologist": {
            "age": "[80-90)",
            "medical_specialty": "Pediatrics-Endocrinology",
        },
        # 664: trauma to the perineum during delivery, decades after menopause.
        "a delivery in the seventies": {"age": "[70-80)", "diag_1": "664"},
        # Admission type 4: newborn.
        "a newborn admission of a patient over ninety": {"age": "[90-100)", "admission_type_id": "4"},
        # 250.22: diabetes with hyperosmolarity, uncontrolled; it is a glucose of 600 mg/dl and more.
        "a hyperosmolar crisis with normal glucose": {"diag_1": "250.22", "max_glu_serum": "Norm"},
        # Two weeks in an acute ward with a single laboratory test and a single drug.
        "two weeks in hospital, one laboratory test, one drug": {
            "time_in_hospital": 14,
            "num_lab_procedures": 1,
            "num_medications": 1,
        },
        # Some 15 drugs are usual; 75 different ones are given over weeks of intensive care, not in a day.
        "seventy-five drugs in a one-day stay": {"time_in_hospital": 1, "num_medications": 75},
        # 715: osteoarthritis; 13: hospice at home. Worn joints are not terminal.
        "sent to hospice after an admission for worn joints": {"discharge_disposition_id": "13", "diag_1": "715"},
        # 250.13: ketoacidosis, type 1, uncontrolled. Insulin is the treatment; nateglinide needs working beta cells.
        "type 1 ketoacidosis treated with a tablet and no insulin": {
            "diag_1": "250.13",
            "insulin": "No",
            "nateglinide": "Steady",
        },
        # 403 with 585: hypertensive and chronic kidney disease; metformin is contraindicated (lactic acidosis).
        "metformin raised in failing kidneys": {"diag_1": "403", "diag_2": "585", "metformin": "Up"},
        # The second and third of sixteen diagnoses cannot be missing (arithmetic).
        "sixteen diagnoses, but only the first is entered": {
            "number_diagnoses": 16,
            "diag_2": None,
            "diag_3": None,
        },
        # 250.03 and 250.02: type 1 and type 2, both uncontrolled; one person has one of them.
        "type 1 and type 2 diabetes at once": {"diag_1": "250.03", "diag_2": "250.02"},
        # 290: senile and presenile dementias.
        "a teenager with senile dementia": {"age": "[10-20)", "diag_2": "290"},
        # 303: alcohol dependence syndrome.
        "an alcoholic under ten": {"age": "[0-10)", "diag_2": "303"},
        # 962: poisoning by hormones, among diabetics insulin; with a normal HbA1c nobody raises the dose.
        "insulin raised after an insulin overdose with a normal HbA1c": {
            "diag_1": "962",
            "insulin": "Up",
            "A1Cresult": "Norm",
        },
        # 410: acute myocardial infarction, an emergency for cardiologists.
        "a heart attack admitted by a psychiatrist": {"diag_1": "410", "medical_specialty": "Psychiatry"},
        # 278: obesity, as the reason for admission; 25 to 50 kg is underweight in an adult.
        "admitted for obesity at less than 50 kilograms": {"diag_1": "278", "weight": "[25-50)"},
    },
}  # fmt: skip
