"""Plants by a fifth author; see the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.implausible.kind import Plants

FIFTH: dict[str, Plants] = {
    "drug-spend": {
        # 200 000 a year from Social Security.
        "Social Security pays 200 000 dollars a year": {
            "ssiratio": 1.0, "income": 200.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # Half of 100 000 = 50 000 of Social Security, twice the legal maximum.
        "half of a 100 000 income is Social Security": {
            "ssiratio": 0.5, "income": 100.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # 0.3 * 250 = 75 000 of Social Security, three times the maximum.
        "three tenths of a 250 000 income are Social Security": {
            "ssiratio": 0.3, "income": 250.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # 5 * 30 = 150 000 of Social Security.
        "Social Security is five times a 30 000 income": {
            "ssiratio": 5.0, "income": 30.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # 9 * 9 = 81 000 of Social Security in a household below the poverty line.
        "below the poverty line with 81 000 of Social Security": {
            "ssiratio": 9.0, "income": 9.0, "poverty": 1, "lowincome": 0, "midincome": 0,
        },
        # 0.7 * 58 = 40 600 of Social Security, far above the maximum.
        "middle income of which 40 600 is Social Security": {
            "ssiratio": 0.7, "income": 58.0, "poverty": 0, "lowincome": 0, "midincome": 1,
        },
        # 2 * 27 = 54 000 of Social Security and yet low income.
        "low income with Social Security twice a 27 000 income": {
            "ssiratio": 2.0, "income": 27.0, "poverty": 0, "lowincome": 1, "midincome": 0,
        },
        # 26 000 takes maximum covered wages for life and late retirement: not for somebody who never went to school.
        "never went to school, 26 000 of Social Security": {
            "ssiratio": 1.0, "income": 26.0, "educyr": 0, "poverty": 0, "lowincome": 0,
        },
        # The maximum for who retires at 65 in 2003 is 1741 a month, 20 900 a year; the credits for delay have not
        # begun at 65.
        "draws 26 000 of Social Security at 65 and nothing else": {
            "ssiratio": 1.0, "income": 26.0, "age": 65, "poverty": 0, "lowincome": 0,
        },
        # Born about 1916, retired about 1980: the best benefit of that cohort was some 18 000 by 2003; 22 500 was out
        # of reach, all the more with four years of school.
        "Black woman of 87, four years of school, 22 500 of Social Security": {
            "ssiratio": 1.0, "income": 22.5, "age": 87, "female": 1, "black": 1, "educyr": 4, "poverty": 0,
        },
        # Same cohort, never at school, Hispanic woman: covered wages never near the cap.
        "unschooled Hispanic woman of 85, 22 000 of Social Security": {
            "ssiratio": 1.0, "income": 22.0, "age": 85, "female": 1, "hisp": 1, "educyr": 0, "poverty": 0,
        },
        # 2.5 * 12 = 30 000 of benefit, unmarried, and below a poverty line of about 9 000.
        "alone and poor though 30 000 comes from Social Security": {
            "ssiratio": 2.5, "income": 12.0, "marry": 0, "poverty": 1, "lowincome": 0, "midincome": 0,
        },
        # 25 000 of benefits at 91 is beyond that cohort, and at nearly three times the line for one it is not
        # poverty.
        "at 91, unmarried, 25 000 of Social Security and in poverty": {
            "ssiratio": 1.0, "income": 25.0, "age": 91, "marry": 0, "poverty": 1, "lowincome": 0, "midincome": 0,
        },
        # 30 000 of benefit exceeds the maximum; low income ends at twice the line, 17 700 for one.
        "unmarried with 30 000 of Social Security counted as low income": {
            "ssiratio": 1.0, "income": 30.0, "marry": 0, "poverty": 0, "lowincome": 1, "midincome": 0,
        },
        # Who is on the staff of a firm of 500 has wages; an income that is all Social Security leaves no room for
        # them.
        "on the staff of a large firm, income all Social Security": {
            "firmsz": 50.0, "multlc": 1, "ssiratio": 1.0, "income": 9.0, "midincome": 0,
        },
        # A job in a large firm with its insurance, and no income at all.
        "job in a large firm with its insurance, no income whatever": {
            "firmsz": 50.0, "multlc": 1, "hi_empunion": 1, "private": 1, "income": 0.0, "ssiratio": 0.0,
        },
        # Nobody in poor health with nine chronic conditions at 90 is on the payroll of a large firm.
        "ninety, poor health, nine conditions, still on a large firm's staff": {
            "age": 90, "totchr": 9, "firmsz": 40.0, "multlc": 1, "poor": 1, "good": 0, "vegood": 0,
        },
        # Poor health from no condition at all, at 91, and at work in a firm of 500.
        "at 91 in poor health of nothing, on a large firm's staff": {
            "age": 91, "totchr": 0, "priolist": 0, "firmsz": 50.0, "poor": 1, "good": 0, "vegood": 0,
        },
        # A wage earner of a chain has no net loss of 10 000 (30 000 before benefits), and who never went to school
        # has no such business beside.
        "unschooled employee of a large chain with a 10 000 loss": {
            "firmsz": 30.0, "multlc": 1, "educyr": 0, "income": -10.0, "ssiratio": -2.0,
        },
        # Losses of 30 000 set against 20 000 of benefits (near the maximum) for a woman of 91 who never went to
        # school.
        "unschooled widow of 91 with business losses of 30 000": {
            "age": 91, "female": 1, "marry": 0, "educyr": 0, "income": -10.0, "ssiratio": -2.0,
        },
        # Never at school, over 90, and a quarter of a million from a job.
        "never at school, 91, earns 250 000 in a large firm": {
            "educyr": 0, "age": 91, "firmsz": 50.0, "income": 250.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # 300 000 a year on one year of school, and then without any private insurance.
        "one year of school, 300 000 of income, no private insurance": {
            "educyr": 1, "income": 300.0, "private": 0, "hi_empunion": 0, "poverty": 0, "lowincome": 0,
            "midincome": 0,
        },
        # A firm of 200 does not pay 120 000 to a woman who never went to school.
        "unschooled woman paid 120 000 by a firm of two hundred": {
            "educyr": 0, "female": 1, "firmsz": 21.5, "income": 120.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # Wages and benefits of 24 500 are over 2.7 times the line for one; an unmarried person on the staff of a
        # large firm, is not in poverty.
        "unmarried on a large firm's staff with 24 500, below the poverty line": {
            "marry": 0, "income": 24.5, "poverty": 1, "lowincome": 0, "midincome": 0, "firmsz": 50.0, "multlc": 1,
        },
        # The line for a couple was 11 100: 25 000 from one of them, with a graduate's schooling, at 90 with no
        # children left to feed.
        "couple of graduates aged ninety on 25 000, below the poverty line": {
            "marry": 1, "income": 25.0, "poverty": 1, "lowincome": 0, "midincome": 0, "age": 90, "educyr": 17,
        },
        # Chronic conditions are nearly all on the priority list; seven with none of them on it cannot be.
        "seven chronic conditions, none on the priority list": {"totchr": 7, "priolist": 0},
        # Six conditions that cost 2500 in drugs and ruin health, none of them a priority condition.
        "six conditions, poor health, costly drugs, nothing on the priority list": {
            "totchr": 6, "priolist": 0, "poor": 1, "vegood": 0, "good": 0, "fair": 0, "high_spend": 1,
        },
        # Excellent health (all four lower grades 0) with nine chronic conditions.
        "nine chronic conditions and excellent health": {"totchr": 9, "vegood": 0, "good": 0, "fair": 0, "poor": 0},
        # Eight chronic conditions, very good health, few drugs, and over 90.
        "eight chronic conditions, very good health, hardly any drugs at 91": {
            "age": 91, "totchr": 8, "high_spend": 0, "vegood": 1, "good": 0, "fair": 0, "poor": 0,
        },
        # Excellent self-rated health with seven chronic conditions and 2500 of drugs at 90.
        "ninety, seven conditions, costly drugs, excellent health": {
            "age": 90, "totchr": 7, "high_spend": 1, "vegood": 0, "good": 0, "fair": 0, "poor": 0,
        },
    },
    "diabetes130": {
        # 664 is a tear at delivery: men do not bear children.
        "man with a tear from giving birth": {"gender": "Male", "diag_1": "664"},
        # Women have no prostate.
        "woman with prostate cancer": {"gender": "Female", "diag_1": "185"},
        # 182 cancer of the body of the uterus, found in men never.
        "man with cancer of the uterus on the gynaecology ward": {
            "gender": "Male", "diag_1": "182", "medical_specialty": "Gynecology",
        },
        # 648 complicates pregnancy, forty years after the last possible one.
        "pregnant at over ninety": {"age": "[90-100)", "diag_1": "648"},
        # V25 contraceptive management, thirty years after menopause (and the sterilised man is not inpatient at 80).
        "contraception at over eighty": {"age": "[80-90)", "diag_1": "V25"},
        # 290 is senile and presenile dementia.
        "senile dementia in a child under ten": {"age": "[0-10)", "diag_1": "290"},
        # 410, 414, 440: acute infarct from coronary and peripheral atherosclerosis before twenty.
        "teenager with infarct, coronary disease and hardened arteries": {
            "age": "[10-20)", "diag_1": "410", "diag_2": "414", "diag_3": "440", "number_diagnoses": 6,
        },
        # Workers' compensation pays for injuries at work.
        "child under ten paid by workers' compensation": {"age": "[0-10)", "payer_code": "WC"},
        # A paediatric intensivist does not admit a nonagenarian.
        "nonagenarian under paediatric intensive care": {
            "age": "[90-100)", "medical_specialty": "Pediatrics-CriticalCare",
        },
        # A child under ten of more than 200 lb.
        "child under ten of more than 200 pounds": {"age": "[0-10)", "weight": ">200"},
        # 278 is obesity; an adult under 25 pounds is not obese (nor alive).
        "adult admitted for obesity weighing less than 25 pounds": {
            "age": "[50-60)", "weight": "[0-25)", "diag_1": "278",
        },
        # Type 4 is newborn, source 11 normal delivery: that is a baby, not a man in his sixties.
        "man in his sixties admitted as a newborn by normal delivery": {
            "gender": "Male", "age": "[60-70)", "admission_type_id": "4", "admission_source_id": "11",
        },
        # 644 early labour; 14 is a hospice facility.
        "young woman in early labour discharged to a hospice": {
            "gender": "Female", "age": "[20-30)", "diag_1": "644", "discharge_disposition_id": "14",
        },
        # 715 planned joint replacement (osteoarthritis does not kill), in the fifties, and after two days to die in a
        # hospice.
        "planned joint replacement in the fifties, then to a hospice": {
            "age": "[50-60)", "admission_type_id": "3", "diag_1": "715", "medical_specialty": "Orthopedics",
            "time_in_hospital": 2, "discharge_disposition_id": "14",
        },
        # 845 sprained ankle as the only diagnosis kills nobody in a day.
        "died of a sprained ankle in a day, nothing else wrong": {
            "diag_1": "845", "diag_2": None, "diag_3": None, "number_diagnoses": 1, "discharge_disposition_id": "11",
            "time_in_hospital": 1, "back_soon": 0,
        },
        # 366 cataract is planned surgery; type 7 is the alarm of the trauma centre.
        "cataract brought to the trauma centre": {"admission_type_id": "7", "diag_1": "366"},
        # An acute infarct (410) with shock (785) is no planned admission, and not of a plastic surgeon.
        "planned admission for infarct with shock under a plastic surgeon": {
            "admission_type_id": "3", "admission_source_id": "1", "diag_1": "410", "diag_2": "785",
            "medical_specialty": "Surgery-Plastic", "number_diagnoses": 9,
        },
        # A psychologist does no coronary procedures.
        "psychologist admits for coronary disease with six procedures": {
            "medical_specialty": "Psychology", "diag_1": "414", "num_procedures": 6,
        },
        # Open heart surgery with six procedures keeps for about a week and takes more than three drugs.
        "heart surgery with six procedures, home after a day on three drugs": {
            "diag_1": "414", "medical_specialty": "Surgery-Cardiovascular/Thoracic", "num_procedures": 6,
            "time_in_hospital": 1, "num_medications": 3, "discharge_disposition_id": "1",
        },
        # Three sulfonylureas are one class: nobody takes, let alone raises, all three.
        "three sulfonylureas at once, all raised": {
            "glipizide": "Up", "glyburide": "Up", "glimepiride": "Up", "change": "Ch", "diabetesMed": "Yes",
        },
        # Glitazones are contraindicated in heart failure and are never paired.
        "heart failure with two glitazones both raised": {
            "diag_1": "428", "pioglitazone": "Up", "rosiglitazone": "Up", "change": "Ch", "diabetesMed": "Yes",
        },
        # Num_medications counts the drugs given: four diabetes drugs cannot be one.
        "four diabetes drugs but one medication in all": {
            "num_medications": 1, "insulin": "Steady", "metformin": "Steady", "glipizide": "Steady",
            "pioglitazone": "Steady", "diabetesMed": "Yes",
        },
        # Metformin and glyburide are contraindicated in kidney failure (585, V45 dialysis), above all with disordered
        # electrolytes or acidosis (276): nobody raises both.
        "dialysis patient whose metformin and glyburide are both raised": {
            "diag_1": "276", "diag_2": "585", "diag_3": "V45", "metformin": "Up", "glyburide": "Up", "change": "Ch",
            "diabetesMed": "Yes",
        },
        # 962 poisoning by hormones and antidiabetics, sugar not high: the answer is to stop, not to raise both.
        "poisoned by antidiabetics, and insulin and glyburide are raised": {
            "diag_1": "962", "max_glu_serum": "Norm", "insulin": "Up", "glyburide": "Up", "change": "Ch",
            "diabetesMed": "Yes",
        },
        # A child in type 1 ketoacidosis gets insulin; glipizide and rosiglitazone are neither for children nor for
        # type 1.
        "child in ketoacidosis on glipizide and rosiglitazone without insulin": {
            "age": "[0-10)", "diag_1": "250.13", "insulin": "No", "glipizide": "Steady", "rosiglitazone": "Steady",
            "diabetesMed": "Yes",
        },
        # 250.02 says uncontrolled; A1c and glucose both normal say the opposite, and then to raise both drugs would
        # bring on hypoglycaemia.
        "uncontrolled diabetes with normal A1c and glucose, insulin and metformin raised": {
            "diag_1": "250.02", "max_glu_serum": "Norm", "A1Cresult": "Norm", "insulin": "Up", "metformin": "Up",
            "change": "Ch", "diabetesMed": "Yes",
        },
        # 40 drugs and 90 laboratory tests do not fit in a day without any procedure that ends at home, least of all
        # for chest pain (786).
        "forty drugs and 90 lab tests in one day for chest pain, then home": {
            "diag_1": "786", "time_in_hospital": 1, "num_medications": 40, "num_lab_procedures": 90,
            "num_procedures": 0, "discharge_disposition_id": "1",
        },
        # Two weeks of sepsis (38) mean daily tests and many drugs.
        "two weeks of sepsis with three drugs and two lab tests": {
            "diag_1": "38", "time_in_hospital": 14, "num_medications": 3, "num_lab_procedures": 2,
        },
        # Fifty drugs, six procedures, two weeks: there is more than a single diagnosis.
        "two weeks, six procedures, fifty drugs, one diagnosis": {
            "time_in_hospital": 14, "num_procedures": 6, "num_medications": 50, "number_diagnoses": 1, "diag_2": None,
            "diag_3": None,
        },
        # Septic shock (38, 785) is not sent home after one day with one drug and one test.
        "septic shock sent home after a day with one drug and one test": {
            "diag_1": "38", "diag_2": "785", "time_in_hospital": 1, "num_medications": 1, "num_lab_procedures": 1,
            "discharge_disposition_id": "1", "number_diagnoses": 9,
        },
    },
}  # fmt: skip
