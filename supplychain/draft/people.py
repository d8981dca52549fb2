"""Rules of a drafted `evidence.yaml` about single people: what attacks on them may find, each limit with its reason."""

from __future__ import annotations

LEAST_ATTACKED = 200
"""Gold people from which on these rules are drafted: with fewer, attacks tell next to nothing."""

ABOUT_PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    (
        "nobody-is-surely-a-member",
        "critical",
        'metric: membership.p_top, scope: "*", min_value: 0.005',
        "Among those whom an attack takes for members first are no more members than chance puts there.",
    ),
    (
        "members-are-not-told-apart",
        "critical",
        'metric: membership.auc, scope: "*", bound: low, max_value: 0.55',
        "An attack that surely ranks members this far above other people knows whose rows were seen.",
    ),
    (
        "holdout-is-not-leaked",
        "critical",
        'metric: membership.attack, scope: "*", min_value: 0.45',
        "Gold people who are told before train people mean that gold was seen, or that roles were mixed up.",
    ),
    (
        "near-copies-are-chance",
        "critical",
        "metric: copies.p, scope: near, min_value: 0.001",
        "People of train are nearly met more often than others; one clean batch in 1,000 fails.",
    ),
    (
        "copies-are-chance",
        "critical",
        "metric: copies.p, scope: exact, min_value: 0.001",
        "People of train are met more often than others; one clean batch in 1,000 fails.",
    ),
    (
        "copies-are-as-rare-as-among-people",
        "critical",
        "metric: copies.p, scope: rows, min_value: 0.005",
        "Candidates equal people of train more often than other people do; one clean batch in 200 fails at the most.",
    ),
    (
        "gold-is-not-copied",
        "critical",
        "metric: copies.p, scope: gold, min_value: 0.005",
        "Candidates equal people of gold more often than other people do: gold was seen, and judges nothing any more.",
    ),
    (
        "values-come-from-many",
        "warning",
        "metric: values.fewest_people, min_value: 5",
        "A category that fewer than five people hold, all of them in train, may name them.",
    ),
    (
        "nobody-is-singled-out",
        "critical",
        'metric: risk.singling_out, scope: "*", max_value: 0.09',
        "The limit on identity disclosure in wide use for health data (El Emam 2020).",
    ),
    (
        "leaks-would-be-seen",
        "warning",
        "metric: membership.detectable, max_value: 0.05",
        "With too few people, nothing found means little.",
    ),
    (
        "few-attempts-on-a-fit",
        "warning",
        "metric: attempts, scope: fit, max_value: 5",
        "Whoever tries until a gate passes, passes.",
    ),
)
"""Name, severity, arguments and reason of each rule."""
