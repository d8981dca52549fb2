"""Plants by a sixth author; see the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.implausible.kind import Plants

SIXTH: dict[str, Plants] = {
    "drug-spend": {
        # No household was paid 250,000 a year by Social Security; the top benefit was about 20,000 a person.
        "A quarter of a million a year, all from Social Security": {
            "income": 250.0,
            "ssiratio": 1.0,
            "poverty": 0,
            "lowincome": 0,
            "midincome": 0,
        },
        # One unmarried person could not draw 55,000 from Social Security in 2003, whatever the past pay.
        "Unmarried with 55,000 a year of nothing but Social Security": {
            "marry": 0,
            "income": 55.0,
            "ssiratio": 1.0,
            "poverty": 0,
            "lowincome": 0,
        },
        # Nine times 40,000 would be 360,000 of Social Security, and a part cannot be nine times the whole.
        "Social Security nine times an income of 40,000": {
            "income": 40.0,
            "ssiratio": 9.0,
            "poverty": 0,
            "lowincome": 0,
        },
        # A benefit is never negative, so with a positive income its share cannot be minus one.
        "Negative Social Security share of a positive income": {"income": 20.0, "ssiratio": -1.0},
        # A household that lost 10,000 in the year is not in the top income group.
        "Loss for the year yet in the high income group": {
            "income": -10.0,
            "ssiratio": 0.0,
            "poverty": 0,
            "lowincome": 0,
            "midincome": 0,
        },
        # A household that lives on 500 dollars a year is far below the poverty line, not in the middle.
        "Unmarried on 500 dollars a year but middle income": {
            "income": 0.5,
            "marry": 0,
            "poverty": 0,
            "lowincome": 0,
            "midincome": 1,
        },
        # The line for one old person was under 9,000; only a household of seven is poor on 24,000.
        "Unmarried with 24,000 a year but below the poverty line": {
            "income": 24.0,
            "marry": 0,
            "poverty": 1,
            "lowincome": 0,
            "midincome": 0,
        },
        # One hundredth of 5,000 is 50 dollars a year, some four dollars a month; no such benefit is paid.
        "Poor with four dollars a month of Social Security": {
            "income": 5.0,
            "ssiratio": 0.01,
            "poverty": 1,
            "lowincome": 0,
            "midincome": 0,
        },
        # Someone born before 1939 who never went to school does not end up with 300,000 a year in old age.
        "Not one year of school and 300,000 a year": {
            "educyr": 0,
            "income": 300.0,
            "poverty": 0,
            "lowincome": 0,
            "midincome": 0,
        },
        # A job or pension at one of the largest firms pays more than 1,000 a year for the household.
        "Insured by a giant firm on 1,000 dollars a year": {
            "firmsz": 50.0,
            "income": 1.0,
            "poverty": 1,
            "lowincome": 0,
            "midincome": 0,
        },
        # Without a spouse the firm must be one's own, so there would be a wage or a pension; here is nothing.
        "Unmarried, no income at all, insured by a giant firm": {
            "firmsz": 50.0,
            "multlc": 1,
            "marry": 0,
            "income": 0.0,
            "ssiratio": 0.0,
        },
        # A share of 1.5 means all else is a loss of 6,000; a giant firm gives pay or a pension, no loss.
        "At a giant firm, yet everything but Social Security is a loss": {
            "income": 12.0,
            "ssiratio": 1.5,
            "marry": 0,
            "firmsz": 50.0,
            "multlc": 1,
        },
        # One person alone has no branches, least of all at 90 without a day at school.
        "Unschooled one-person firm with branches at 90": {"age": 90, "educyr": 0, "firmsz": 0.1, "multlc": 1},
        # The smallest firm is one person alone; that has no several locations and no group plan.
        "One-person firm with several locations and a group plan": {
            "firmsz": 0.1,
            "multlc": 1,
            "private": 1,
            "hi_empunion": 1,
        },
        # The firm is that of a job; nobody of 91 with eight chronic illnesses is on such a payroll.
        "At 91 with eight illnesses in the plan of a giant firm": {
            "age": 91,
            "totchr": 8,
            "firmsz": 50.0,
            "private": 1,
            "hi_empunion": 1,
        },
        # A countryman of 91 who never saw a school is not employed by a giant firm with branches.
        "Unschooled rural Hispanic of 91 at a giant firm": {
            "age": 91,
            "educyr": 0,
            "hisp": 1,
            "msa": 0,
            "firmsz": 50.0,
        },
        # Black women born in 1912 hardly ever got a graduate degree, and at 91 none works for a giant firm.
        "Black woman of 91 with a graduate degree at a giant firm": {
            "age": 91,
            "female": 1,
            "black": 1,
            "educyr": 17,
            "firmsz": 50.0,
        },
        # The list has pressure, heart, stroke, lung, diabetes, cancer, joints: nobody has nine others only.
        "Nine chronic conditions, not one on the priority list": {"totchr": 9, "priolist": 0},
        # Seven chronic conditions treated with dear drugs must touch the list of the common illnesses.
        "Seven conditions and dear drugs, none on the priority list": {"totchr": 7, "priolist": 0, "high_spend": 1},
        # None of the four lower answers means excellent health; nobody says so with nine chronic illnesses.
        "Excellent health with nine chronic conditions": {"totchr": 9, "vegood": 0, "good": 0, "fair": 0, "poor": 0},
        # Somebody with eight chronic illnesses does not tell the interviewer of very good health.
        "Very good health with eight chronic conditions": {"totchr": 8, "vegood": 1, "good": 0, "fair": 0, "poor": 0},
        # It would mean 200,000 paid back to Social Security in a year; a household does not pay it benefits.
        "Minus 200,000 from Social Security in a rich household": {
            "income": 100.0,
            "ssiratio": -2.0,
            "poverty": 0,
            "lowincome": 0,
            "midincome": 0,
        },
        # Graduate schools were all but closed to black Hispanic women born in 1912; a slip in a column.
        "Black Hispanic woman of 91 with a graduate degree": {
            "age": 91,
            "female": 1,
            "black": 1,
            "hisp": 1,
            "educyr": 17,
        },
        # Eight illnesses with not one common one among them, and with a plan that pays still no high bill.
        "Eight illnesses off the priority list and a small drug bill": {
            "totchr": 8,
            "priolist": 0,
            "private": 1,
            "hi_empunion": 1,
            "high_spend": 0,
        },
    },
    "diabetes130": {
        # 664 is a tear at delivery and V27 the outcome of delivery; men do not give birth.
        "A man who has just given birth": {"gender": "Male", "diag_1": "664", "diag_3": "V27", "number_diagnoses": 9},
        # Women have no prostate: 185 is its cancer, 600 its enlargement.
        "A woman with prostate cancer and an enlarged prostate": {
            "gender": "Female",
            "diag_1": "185",
            "diag_2": "600",
            "medical_specialty": "Urology",
            "number_diagnoses": 9,
        },
        # Nobody has a baby in her eighties; 654 and 659 are complications of labour.
        "A mother in labour in her eighties": {
            "gender": "Female",
            "age": "[80-90)",
            "diag_1": "654",
            "diag_2": "659",
            "number_diagnoses": 9,
        },
        # Alcohol psychosis, dependence and cirrhosis take decades of drinking; the patient is under ten.
        "Alcohol psychosis and cirrhosis in a child under ten": {
            "age": "[0-10)",
            "diag_1": "291",
            "diag_2": "303",
            "diag_3": "571",
            "number_diagnoses": 9,
        },
        # An old person with a heart attack is never admitted by the intensive-care doctor for children.
        "Heart attack in the eighties under paediatric intensive care": {
            "age": "[80-90)",
            "diag_1": "410",
            "medical_specialty": "Pediatrics-CriticalCare",
        },
        # Admission type 4 is for a newborn; this is an old patient with a broken hip.
        "Newborn admission of a seventy-year-old with a broken hip": {
            "admission_type_id": "4",
            "age": "[70-80)",
            "diag_1": "820",
        },
        # Source 11 is a normal birth and disposition 10 care for a neonate; this is a man past sixty.
        "A man past sixty who came by normal birth": {
            "admission_source_id": "11",
            "discharge_disposition_id": "10",
            "age": "[60-70)",
            "gender": "Male",
        },
        # No child under ten on a diabetes ward is in the heaviest weight band.
        "A child under ten in the heaviest weight band": {"age": "[0-10)", "weight": ">200"},
        # 278 is obesity; an adult in the band below 25 would weigh what an infant does.
        "An obese adult with the weight of an infant": {"age": "[50-60)", "weight": "[0-25)", "diag_1": "278"},
        # Three glitazones do the same thing; nobody gets them at once, and one left the market in 2000.
        "Three glitazones at the same time": {
            "pioglitazone": "Steady",
            "rosiglitazone": "Steady",
            "troglitazone": "Steady",
            "diabetesMed": "Yes",
        },
        # All four are sulphonylureas; more than one is a prescribing error, four are unheard of.
        "Four sulphonylureas at the same time": {
            "glipizide": "Steady",
            "glyburide": "Steady",
            "glimepiride": "Steady",
            "tolazamide": "Steady",
            "diabetesMed": "Yes",
        },
        # Small children have type 1; an old long-acting sulphonylurea is never started or raised in them.
        "Chlorpropamide raised in a child under ten": {
            "age": "[0-10)",
            "chlorpropamide": "Up",
            "change": "Ch",
            "diabetesMed": "Yes",
        },
        # Three diabetes drugs are given, so the count of medicines cannot be one.
        "One medicine in all but three diabetes drugs": {
            "num_medications": 1,
            "metformin": "Steady",
            "glipizide": "Steady",
            "insulin": "Steady",
            "diabetesMed": "Yes",
        },
        # Type 1 ketoacidosis kills without insulin and has a high glucose; acarbose does not treat it.
        "Type 1 ketoacidosis, normal glucose, acarbose but no insulin": {
            "diag_1": "250.13",
            "max_glu_serum": "Norm",
            "insulin": "No",
            "acarbose": "Steady",
            "diabetesMed": "Yes",
        },
        # A hyperosmolar state means a glucose above 600; normal glucose, normal A1c and no drug rule it out.
        "Hyperosmolar crisis with normal glucose, normal A1c, no drug": {
            "diag_1": "250.22",
            "max_glu_serum": "Norm",
            "A1Cresult": "Norm",
            "diabetesMed": "No",
            "change": "No",
        },
        # The fifth digit says type 1 or type 2; a coder may not give both to one patient.
        "Type 1 and type 2 diabetes coded in one stay": {
            "diag_1": "250.13",
            "diag_2": "250.02",
            "diag_3": "250.01",
            "number_diagnoses": 9,
        },
        # E codes say how an injury happened and never stand alone or first; here is no illness or injury.
        "Three causes of accident and no diagnosis": {
            "diag_1": "E909",
            "diag_2": "E885",
            "diag_3": "E849",
            "number_diagnoses": 9,
        },
        # Workers' compensation pays for injuries at work; a child under ten has no job.
        "Workers' compensation pays for a child under ten": {"payer_code": "WC", "age": "[0-10)"},
        # Nobody books a gunshot through the chest in advance on referral by the family doctor.
        "Planned admission by referral for a gunshot to the chest": {
            "admission_type_id": "3",
            "admission_source_id": "1",
            "diag_1": "861",
            "diag_2": "E965",
            "number_diagnoses": 9,
        },
        # Six procedures, 130 laboratory tests and 80 medicines do not fit in one day before walking out.
        "Walked out after one day with 130 tests and 80 medicines": {
            "time_in_hospital": 1,
            "num_lab_procedures": 130,
            "num_procedures": 6,
            "num_medications": 80,
            "discharge_disposition_id": "7",
        },
        # A heart attack means repeated enzymes and half a dozen drugs; two weeks with one of each cannot be.
        "Two weeks for a heart attack with one test and one medicine": {
            "diag_1": "410",
            "time_in_hospital": 14,
            "num_lab_procedures": 1,
            "num_medications": 1,
            "num_procedures": 0,
        },
        # Hay fever and contact dermatitis do not kill; nobody dies in hospital with these as the reason.
        "Died in hospital of hay fever and a skin rash": {
            "discharge_disposition_id": "11",
            "back_soon": 0,
            "diag_1": "477",
            "diag_2": "692",
            "number_diagnoses": 3,
        },
        # A psychologist is no physician, admits nobody with appendicitis and does no six procedures.
        "Appendicitis under a psychologist with six procedures": {
            "medical_specialty": "Psychology",
            "diag_1": "540",
            "num_procedures": 6,
        },
        # After 21 stays and 76 emergency visits in a year nobody is admitted just for a general check-up.
        "Routine check-up after 139 visits in the year before": {
            "number_inpatient": 21,
            "number_emergency": 76,
            "number_outpatient": 42,
            "diag_1": "V70",
        },
    },
}
