"""Plants that were looked at while the search for suspects was written; see the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.implausible.kind import Plants

HIGH = {"poverty": 0, "lowincome": 0, "midincome": 0}

FIRST: dict[str, Plants] = {
    "drug-spend": {
        "rich, and lives on Social Security alone": {"income": 90.0, "ssiratio": 1.0, **HIGH},
        "six chronic conditions, none on the priority list": {"totchr": 6, "priolist": 0},
        "a large firm insures, and no employer does": {"firmsz": 100.0, "hi_empunion": 0},
        "no day at school, and a hundred thousand a year": {"educyr": 0, "income": 110.0, **HIGH},
        "in poor health without a condition, and spends much": {
            "poor": 1, "fair": 0, "good": 0, "vegood": 0, "totchr": 0, "priolist": 0, "high_spend": 1,
        },
    },
    "diabetes130": {
        "a child on Medicare": {"age": "[0-10)", "payer_code": "MC"},
        "a man in childbirth": {"gender": "Male", "medical_specialty": "ObstetricsandGynecology"},
        "eighty, and on a children's ward": {"age": "[80-90)", "medical_specialty": "Pediatrics-Endocrinology"},
        "three medicines of two": {
            "num_medications": 2, "metformin": "Steady", "glipizide": "Up", "insulin": "Up",
            "diabetesMed": "Yes", "change": "Ch",
        },
        "a child of a hundred and thirty kilograms": {"age": "[0-10)", "weight": "[125-150)"},
        "a child with an old heart": {"age": "[0-10)", "diag_1": "414"},
        "a day in hospital, six procedures, seventy medicines": {
            "time_in_hospital": 1, "num_procedures": 6, "num_medications": 70,
        },
        "two weeks in hospital for one medicine": {"time_in_hospital": 14, "num_medications": 1},
    },
}  # fmt: skip

BLIND: dict[str, Plants] = {
    # Medicare people of 65 and over; income in thousands of dollars; firmsz 0.1 is a firm of one, 50 the largest.
    "drug-spend": {
        # Social Security is never paid back: below nothing its share can only be where all income is below nothing.
        "a negative share of Social Security in a good income": {"ssiratio": -1.0, "income": 25.0},
        # The largest employers have nobody of ninety-one on the payroll.
        "ninety-one, and on the payroll of the largest firm": {"age": 91, "firmsz": 50.0},
        # The line for one old person was some nine thousand; 21 thousand is more than twice that.
        "alone, twenty-one thousand a year, below the poverty line": {"poverty": 1, "marry": 0, "income": 21.0},
        # A job at the largest firms, with its insurance, keeps people of 65 above the line.
        "poor, with a job and insurance at the largest firm": {"poverty": 1, "firmsz": 50.0, "hi_empunion": 1},
        # Eight diseases cost drugs, and nobody with them feels very well.
        "eight chronic conditions, very well, and few drugs": {"totchr": 8, "vegood": 1, "high_spend": 0},
        # Eighty-eight, gravely ill, and yet employed by a big firm.
        "eighty-eight, in poor health with six conditions, at work in a big firm": {
            "age": 88, "poor": 1, "totchr": 6, "firmsz": 20.0,
        },
        # The largest firms pay wages, so that not all income can be Social Security.
        "at work in the largest firm, all income from Social Security": {"firmsz": 50.0, "ssiratio": 1.0},
        # An insured job at a big firm pays more than a thousand dollars a year.
        "an insured job at a big firm for a thousand a year": {
            "income": 1.0, "ssiratio": 0.0, "hi_empunion": 1, "firmsz": 20.0,
        },
        # Losses are made by owners and farmers, not by employees of the largest firms.
        "employed by the largest firm, at a loss": {"income": -8.0, "ssiratio": -0.5, "firmsz": 50.0},
        # Five times twenty thousand: nobody draws a hundred thousand from Social Security.
        "a hundred thousand of Social Security in an income of twenty": {"ssiratio": 5.0, "income": 20.0},
        # Old, nothing wrong, and among the heaviest users of drugs.
        "ninety-one, no condition at all, and spends much on drugs": {
            "age": 91, "totchr": 0, "priolist": 0, "high_spend": 1,
        },
        # Very well, no disease, below the poverty line: there is nothing to buy and nothing to buy it with.
        "poor and well without a condition, and spends much on drugs": {
            "poverty": 1, "vegood": 1, "totchr": 0, "high_spend": 1,
        },
        # A year's loss of eight thousand is not four times the poverty line.
        "a loss for the year, and in the high-income class": {"income": -8.0, **HIGH},
        # Social Security pays nobody 300 dollars a year, and nobody lives on it alone.
        "lives on three hundred dollars of Social Security a year": {"income": 0.3, "ssiratio": 1.0},
        # The largest firms give private insurance to those whom they pay a quarter of a million.
        "a quarter of a million from the largest firm, and no private insurance": {
            "income": 250.0, "firmsz": 50.0, "private": 0,
        },
        # Who cannot read is not on the payroll of the largest firms with many sites.
        "no day at school, on the payroll of the largest firm": {"educyr": 0, "firmsz": 50.0, "multlc": 1},
    },
    "diabetes130": {
        # 600 is hyperplasia of the prostate; women have none.
        "a woman with an enlarged prostate": {"gender": "Female", "diag_1": "600"},
        # 183 is cancer of the ovary; men have none.
        "a man with ovarian cancer": {"gender": "Male", "diag_1": "183"},
        # 648 is a disease that complicates a pregnancy; nobody is pregnant at eighty.
        "pregnant at eighty": {"age": "[80-90)", "diag_1": "648"},
        # 290 is senile dementia.
        "a senile child": {"age": "[0-10)", "diag_2": "290"},
        # Chlorpropamide is an old tablet for adults with type 2; it is not given to small children.
        "a small child on chlorpropamide": {"age": "[0-10)", "chlorpropamide": "Steady"},
        # Source 8 is court or law enforcement, which does not bring children below ten.
        "a small child brought in by the law": {"age": "[0-10)", "admission_source_id": "8"},
        # Skilled nursing facilities (source 5, discharge 3) are for the old.
        "a small child from a nursing home and back": {
            "age": "[0-10)", "admission_source_id": "5", "discharge_disposition_id": "3",
        },
        # Thirteen stays in a year leave more than one diagnosis on the chart.
        "thirteen stays in a year, and a single diagnosis": {
            "number_inpatient": 13, "number_diagnoses": 1, "diag_2": None, "diag_3": None,
        },
        # Sixty medicines treat something: one diagnosis does not fill that list.
        "sixty medicines for one diagnosis": {
            "num_medications": 60, "number_diagnoses": 1, "diag_2": None, "diag_3": None,
        },
        # With a normal A1c and a normal glucose no physician raises both insulin and metformin.
        "all sugar values normal, insulin and metformin both raised": {
            "A1Cresult": "Norm", "max_glu_serum": "Norm", "insulin": "Up", "metformin": "Up",
        },
        # Nobody reaches ninety at 175 kg.
        "ninety, and a hundred and eighty kilograms": {"age": "[90-100)", "weight": "[175-200)"},
        # 278 is obesity: not at less than fifty kilograms.
        "in hospital for obesity at forty kilograms": {"weight": "[25-50)", "diag_1": "278"},
        # 305 is abuse of alcohol, tobacco or drugs.
        "a small child who abuses drugs": {"age": "[0-10)", "diag_2": "305"},
        # Workers' compensation pays for injuries at work, of which there are none at ninety.
        "ninety, and paid for by workers' compensation": {"age": "[90-100)", "payer_code": "WC"},
        # Two weeks on fifty medicines without more than one laboratory test.
        "two weeks, fifty medicines, one laboratory test": {
            "time_in_hospital": 14, "num_lab_procedures": 1, "num_medications": 50,
        },
        # Coronary disease with six procedures is not treated in psychiatry.
        "six heart procedures on the psychiatric ward": {
            "medical_specialty": "Psychiatry", "diag_1": "414", "num_procedures": 6,
        },
    },
    "acs_national_2018": {
        # Sixteen-year-olds are not widowed.
        "a widow of sixteen": {"AGEP": 16, "MSP": "3"},
        # Nobody holds a doctorate at nineteen.
        "a doctorate at nineteen": {"AGEP": 19, "EDU": 12},
        # Industry 9670 is the army on active duty, which ends at sixty or so.
        "ninety, and in the army": {"AGEP": 90, "INDP": "9670", "INDP_CAT": "17"},
        # Housing type 2: prisons and nursing homes.
        "four hundred thousand a year in an institution": {
            "HOUSING_TYPE": "2", "PINCP": 400000.0, "PINCP_DECILE": 9,
        },
        # No income is not in the top tenth.
        "no income, in the top tenth": {"PINCP": 0.0, "PINCP_DECILE": 9},
        # Without family the ratio is of one's own income, which is ten times the line.
        "without family on a hundred and fifty thousand, far below the poverty line": {
            "NPF": None, "PINCP": 150000.0, "PINCP_DECILE": 9, "POVPIP": 20,
        },
        # Without family the ratio is of one's own income, and that is nothing.
        "without family or income, five times over the poverty line": {
            "NPF": None, "PINCP": 0.0, "PINCP_DECILE": 0, "POVPIP": 501,
        },
        # PUMA 38-00100 is the prairie of western North Dakota; the density is that of the Bronx.
        "the prairie as dense as the Bronx": {"PUMA": "38-00100", "DENSITY": 52864.7},
        # 170 is growing crops.
        "a crop farmer in the Bronx": {"PUMA": "36-03710", "DENSITY": 52864.7, "INDP": "170", "INDP_CAT": "0"},
        # 7860 is schools, category 3 construction.
        "a school counted as a building site": {"INDP": "7860", "INDP_CAT": "3"},
        # The army has no blind and deaf soldiers on active duty.
        "a blind and deaf soldier": {"INDP": "9670", "INDP_CAT": "17", "DEYE": "1", "DEAR": "1"},
        # Oneself, the spouse at home and the child at home are three.
        "spouse and child at home in a family of two": {"MSP": "1", "NPF": 2, "NOC": 1},
        # A veteran with a disability rating of 70 % or more has served, and cannot be seventeen.
        "a disabled veteran of seventeen": {"AGEP": 17, "DVET": "5"},
        # 7 is some college.
        "eight, and at college": {"AGEP": 8, "EDU": 7},
        # Sixteen-year-olds do not earn this.
        "sixteen, with two hundred thousand a year": {"AGEP": 16, "PINCP": 200000.0, "PINCP_DECILE": 9},
        # A person's weight follows that of the household: those who live in 1,200 homes are not one person.
        "one person in twelve hundred homes": {"PWGTP": 1, "WGTP": 1200},
    },
    # PAY: months behind, 0 revolving, -1 paid in full, -2 not used. _1 (PAY_0) is September, _6 April;
    # PAY_AMT1 is paid in September on the bill of August, BILL_AMT2.
    "credit_card_clients": {
        # Eighty times the limit.
        "owes eight hundred thousand on a limit of ten": {"LIMIT_BAL": 10000, "BILL_AMT1": 800000},
        # The card was not used, and the bill goes from nothing to 400,000.
        "a bill of four hundred thousand on a card that was not used": {
            "PAY_0": -2, "BILL_AMT1": 400000, "BILL_AMT2": 0,
        },
        # Behind with what? There is no bill.
        "seven months behind on no bill": {"PAY_6": 7, "BILL_AMT6": 0, "BILL_AMT5": 0},
        # Whoever pays 400,000 is not four months behind.
        "four months behind, and pays four hundred thousand": {"PAY_0": 4, "PAY_2": 3, "PAY_AMT1": 400000},
        # Nobody pays 500,000 on a bill of 1,000, and the bank would then owe it.
        "pays five hundred thousand on a bill of one": {"PAY_AMT1": 500000, "BILL_AMT1": 1000, "BILL_AMT2": 1000},
        # Such limits are for those with wealth.
        "twenty-one, with a limit of eight hundred thousand": {"AGE": 21, "LIMIT_BAL": 800000},
        # A debt of half a million does not vanish without a payment.
        "half a million of debt gone without a payment": {"BILL_AMT2": 500000, "BILL_AMT1": 0, "PAY_AMT1": 0},
        # Paid in full, and nothing was paid.
        "paid a bill of three hundred thousand in full with nothing": {
            "PAY_0": -1, "PAY_AMT1": 0, "BILL_AMT2": 300000,
        },
        # Nobody lends a bank fifteen times the limit.
        "a credit balance of fifteen times the limit": {"LIMIT_BAL": 10000, "BILL_AMT1": -150000},
        # Banks cut the limit of those months behind; the largest limits are not theirs.
        "further behind each month on the largest limit": {
            "LIMIT_BAL": 800000, "PAY_0": 5, "PAY_2": 4, "PAY_3": 3,
        },
        # In one month nobody falls six months further behind.
        "from two to eight months behind in a month": {"PAY_0": 8, "PAY_2": 2},
        # Forty times the limit in two months.
        "pays four hundred thousand twice on a limit of twenty": {
            "LIMIT_BAL": 20000, "PAY_AMT1": 400000, "PAY_AMT2": 400000,
        },
        # A debt that is away for a month, and comes back, with no payment.
        "half a million of debt that skips a month": {
            "BILL_AMT3": 500000, "BILL_AMT2": 0, "BILL_AMT1": 500000, "PAY_AMT2": 0,
        },
        # The bank owes the client, who is behind.
        "two months behind while the bank owes the client": {
            "PAY_0": 2, "PAY_2": 2, "BILL_AMT1": -50000, "BILL_AMT2": -50000,
        },
        # With a credit of a hundred thousand and all paid there is nothing to default on.
        "a credit balance of a hundred thousand, all paid, and defaults": {
            "BILL_AMT1": -100000, "PAY_0": -1, "default payment": 1,
        },
        # Arrears of seven months, gone a month later without a payment.
        "seven months of arrears gone without a payment": {"PAY_6": 7, "PAY_5": -2, "PAY_AMT5": 0},
    },
    # 120 credits are a year of full-time study, 60 half; modules are of first and second year.
    "oulad": {
        # The sixth repeat beside five years' worth of credits.
        "the seventh attempt beside six hundred credits": {"num_of_prev_attempts": 6, "studied_credits": 600},
        # Whoever comes without qualifications starts with one module.
        "no qualifications, and six hundred credits at once": {
            "highest_education": "No Formal quals", "studied_credits": 600,
        },
        # CCC was offered for the first time in 2014B; nobody failed it four times before.
        "four attempts at a course before it was offered": {
            "code_module": "CCC", "code_presentation": "2014B", "num_of_prev_attempts": 4,
        },
        # A graduate of a graduate school does not fail a first-year course six times.
        "a postgraduate at the seventh attempt": {
            "highest_education": "Post Graduate Qualification", "num_of_prev_attempts": 6,
        },
        # Failed three times, four times a full load, and passes.
        "passes at the fourth attempt beside four full-time loads": {
            "num_of_prev_attempts": 3, "studied_credits": 480, "passed": 1,
        },
        # Nobody over fifty-five studies at more than three times full-time.
        "over fifty-five, with four hundred credits": {"age_band": "55<=", "studied_credits": 400},
        # Nobody without qualifications of that age keeps coming back five times.
        "over fifty-five without qualifications at the sixth attempt": {
            "age_band": "55<=", "highest_education": "No Formal quals", "num_of_prev_attempts": 5,
        },
        # GGG is an introduction of thirty credits for people new to study.
        "an introductory course beside five hundred credits": {"code_module": "GGG", "studied_credits": 500},
    },
}  # fmt: skip
