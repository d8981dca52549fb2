"""Plants by a third author; see the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.implausible.kind import Plants

THIRD: dict[str, Plants] = {
    "drug-spend": {
        # The priority list holds the common chronic conditions; seven of them cannot all be off it.
        "seven chronic conditions, none on the priority list": {"totchr": 7, "priolist": 0},
        # Poor health and dear drugs both need an illness; here is none.
        "poor health and costly drugs with no chronic condition": {
            "vegood": 0, "good": 0, "fair": 0, "poor": 1, "totchr": 0, "high_spend": 1,
        },
        # None of the four answers means excellent: at ninety with seven chronic conditions nobody says so.
        "in excellent health at ninety with seven chronic conditions": {
            "age": 90, "vegood": 0, "good": 0, "fair": 0, "poor": 0, "totchr": 7,
        },
        # Who is in poor health with six chronic conditions at this age is not on a large firm's payroll.
        "on a large firm's staff in poor health with six conditions": {
            "vegood": 0, "good": 0, "fair": 0, "poor": 1, "totchr": 6, "firmsz": 50.0,
        },
        # Such incomes come from professions and business; who never went to school does not have them.
        "150,000 dollars a year without a day at school": {
            "educyr": 0, "income": 150.16748046875, "ssiratio": 0.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # Benefits are capped by law: in 2003 some 20,000 to 25,000 dollars a person, never 100,000.
        "100,000 dollars a year from Social Security alone": {
            "income": 102.5569076538086, "ssiratio": 1.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # The poverty line of one person over 65 was 8,825 dollars in 2003.
        "single and poor on 22,000 dollars a year": {
            "marry": 0, "poverty": 1, "lowincome": 0, "midincome": 0, "income": 22.0,
        },
        # No band means high income; a loss of 10,000 dollars is none.
        "a high income that is a loss of 10,000 dollars": {
            "income": -10.067999839782717, "ssiratio": 0.0, "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # Who works for a firm has wages; Social Security cannot then be all of the income.
        "works for a large firm, lives on Social Security alone": {"firmsz": 50.0, "income": 12.0, "ssiratio": 1.0},
        # Social Security pays or does not; it is never negative, so its share of a positive income is not.
        "negative Social Security on a positive income": {"income": 15.0, "ssiratio": -2.100647211074829},
        # A firm pays its staff, and by law the minimum wage.
        "on the payroll of a large firm without any income": {"firmsz": 50.0, "income": 0.0, "ssiratio": 0.0},
        # A graduate's pay at a firm that insures its staff is far above the poverty line.
        "a graduate, employed and insured by the employer, in poverty": {
            "educyr": 17, "private": 1, "hi_empunion": 1, "firmsz": 20.0,
            "poverty": 1, "lowincome": 0, "midincome": 0, "income": 5.0,
        },
        # 0.15 % of 10,000 dollars: no benefit is as small as 15 dollars a year.
        "15 dollars a year from Social Security": {"income": 10.0, "ssiratio": 0.0015079949516803},
        # 0.7 of 44,000 is 31,000 dollars; the most one person could get at 65 was 20,650.
        "a single 65-year-old above the highest legal pension": {
            "age": 65, "marry": 0, "income": 44.0, "ssiratio": 0.700901,
            "poverty": 0, "lowincome": 0, "midincome": 0,
        },
        # Nothing to treat, nothing to pay with: 2,500 dollars would be half of the year's income.
        "well and poor, spends half of the income on drugs": {
            "vegood": 1, "good": 0, "fair": 0, "poor": 0, "totchr": 0, "priolist": 0, "high_spend": 1,
            "poverty": 1, "lowincome": 0, "midincome": 0, "income": 5.0,
        },
        # A policy of one's own costs 1,500 dollars or more a year; alone and without income nobody keeps it.
        "alone, no income, yet a private policy and costly drugs": {
            "marry": 0, "private": 1, "hi_empunion": 0, "income": 0.0, "ssiratio": 0.0,
            "poverty": 1, "lowincome": 0, "midincome": 0, "high_spend": 1,
        },
        # Who can pay with ease and needs much care buys a supplement to Medicare, which alone paid no drugs.
        "rich and gravely ill, but no supplement to Medicare": {
            "private": 0, "hi_empunion": 0, "income": 150.16748046875, "ssiratio": 0.0,
            "poverty": 0, "lowincome": 0, "midincome": 0, "totchr": 6, "high_spend": 1,
        },
        # Large firms do not keep or hire people at 88 who never learned to read.
        "no schooling, and at 88 still with a large firm": {"age": 88, "educyr": 0, "firmsz": 30.0},
        # A business of one person that earns nothing cannot buy its owner an employer's cover.
        "insured by one's own one-person firm that earns nothing": {
            "firmsz": 0.1000000014901161, "private": 1, "hi_empunion": 1, "marry": 0, "income": 0.0, "ssiratio": 0.0,
        },
        # Seven conditions to treat, the means and the cover to do so: the drugs cost more than 2,500 dollars.
        "seven conditions, poor health, rich, insured, few drugs": {
            "totchr": 7, "vegood": 0, "good": 0, "fair": 0, "poor": 1, "private": 1, "hi_empunion": 1,
            "income": 102.5569076538086, "ssiratio": 0.1, "poverty": 0, "lowincome": 0, "midincome": 0,
            "high_spend": 0,
        },
    },
    "diabetes130": {
        # 648 is a mother's condition in pregnancy.
        "a man admitted for a complicated pregnancy": {"gender": "Male", "diag_1": "648"},
        # 642 is high blood pressure in pregnancy.
        "a woman pregnant at past eighty": {"gender": "Female", "age": "[80-90)", "diag_1": "642"},
        # 410 is a heart attack: coronary disease takes decades, also in diabetes.
        "a heart attack before the tenth birthday": {"age": "[0-10)", "diag_1": "410"},
        # Source 5 is a skilled nursing facility, which is for the frail and old.
        "a small child brought from a nursing home": {"age": "[0-10)", "admission_source_id": "5"},
        # Workers' compensation pays for injuries at work.
        "a small child on workers' compensation": {"age": "[0-10)", "payer_code": "WC"},
        # 13 is hospice at home, for the dying; appendicitis (540) is cured by an operation.
        "sent to hospice at twenty-odd with appendicitis": {
            "age": "[20-30)", "discharge_disposition_id": "13", "diag_1": "540", "back_soon": 0,
        },
        # 125 to 150 pounds is a grown-up's weight.
        "a child under ten as heavy as a grown-up": {"age": "[0-10)", "weight": "[125-150)"},
        # 278 is obesity; nobody grown is obese at 25 to 50 pounds.
        "an obese grown-up of less than fifty pounds": {"age": "[50-60)", "weight": "[25-50)", "diag_1": "278"},
        # One sulfonylurea is replaced by another, never added to it.
        "three sulfonylureas at once, all raised": {
            "glipizide": "Up", "glyburide": "Up", "glimepiride": "Up", "change": "Ch", "diabetesMed": "Yes",
        },
        # 585 is chronic kidney failure, in which metformin is forbidden, as no kidney doctor forgets.
        "metformin raised by the kidney doctor in kidney failure": {
            "medical_specialty": "Nephrology", "diag_1": "585", "metformin": "Up", "change": "Ch", "diabetesMed": "Yes",
        },
        # Three diabetes drugs are given; the count of all distinct drugs cannot be one.
        "one drug in all, three of them for diabetes": {
            "num_medications": 1, "metformin": "Steady", "glipizide": "Steady", "insulin": "Steady",
            "diabetesMed": "Yes",
        },
        # 250.22 is a coma-like state from glucose far above 600; a highest glucose in the normal range rules it out.
        "hyperosmolar diabetes with normal blood glucose": {"diag_1": "250.22", "max_glu_serum": "Norm"},
        # 251 is low blood sugar: what lowers it is cut, not raised.
        "low blood sugar, and both insulin and glyburide raised": {
            "diag_1": "251", "insulin": "Up", "glyburide": "Up", "change": "Ch", "diabetesMed": "Yes",
        },
        # 250.13 is type 1 ketoacidosis: without insulin one dies, and tablets do nothing.
        "a teenager in type 1 ketoacidosis on tablets, no insulin": {
            "age": "[10-20)", "diag_1": "250.13", "insulin": "No", "glipizide": "Steady", "diabetesMed": "Yes",
        },
        # Whoever counts sixteen diagnoses has a second and a third.
        "sixteen diagnoses, but no second and no third": {"number_diagnoses": 16, "diag_2": None, "diag_3": None},
        # 820 is a broken hip: a surgeon's patient, and psychiatrists do not do six procedures.
        "a broken hip with six procedures under psychiatry": {
            "medical_specialty": "Psychiatry", "diag_1": "820", "num_procedures": 6,
        },
        # A heart attack brings blood tests for days and half a dozen drugs.
        "two weeks for a heart attack on one drug and one lab test": {
            "diag_1": "410", "time_in_hospital": 14, "num_lab_procedures": 1, "num_medications": 1,
        },
        # Nobody can be given seventy different drugs in a day.
        "seventy drugs in a stay of one day": {"time_in_hospital": 1, "num_medications": 70},
        # 139 visits in a year, 21 of them stays of days: there is hardly a day left outside.
        "139 hospital visits of all sorts in the year before": {
            "number_outpatient": 42, "number_emergency": 76, "number_inpatient": 21,
        },
        # Nobody operates for weight loss (278, planned, general surgery) on a patient past ninety.
        "planned weight-loss surgery past ninety": {
            "age": "[90-100)", "diag_1": "278", "admission_type_id": "3", "medical_specialty": "Surgery-General",
        },
    },
}  # fmt: skip
