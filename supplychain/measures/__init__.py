"""Measures that more than one step takes: of tables against tables, by files that know no step and no chain."""
