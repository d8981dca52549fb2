"""placeholder"""


def summary(lines):
    return {}


def write_page(lines):
    pass
