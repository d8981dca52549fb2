"""The outcome model: gradient-boosted trees, or any scikit-learn estimator by its import path."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from supplychain.code import source_of
from supplychain.errors import BadInput, SupplyChainError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

TREES: Mapping[str, Any] = {
    "learning_rate": 0.1,
    "max_iter": 100,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 1.0,
}
"""Settings of the trees where nothing else is asked for."""
MOST_INDICATORS = 50
"""Indicator columns that one category gives an estimator which knows no categories; rarer values share one."""


@dataclass(frozen=True)
class Estimator:
    """What kind of model predicts the outcome, not fitted yet.

    Attributes:
        path: A scikit-learn estimator as `module:Class`; empty for gradient-boosted trees on histograms.
        settings: Its settings; those of the trees stand beside `TREES`.
    """

    path: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The class's name, for people."""
        return self.path.rpartition(":")[2] or "gradient-boosted trees"

    @property
    def source(self) -> str:
        """Hash of the code of an estimator that is not ours; empty for the trees."""
        return source_of(self._class(quantity=False)) if self.path else ""

    def fit(
        self,
        matrix: NDArray[np.float64],
        truth: NDArray[Any],
        *,
        categorical: list[bool],
        quantity: bool,
        seed: int,
        weights: NDArray[np.float64] | None = None,
    ) -> Any:  # noqa: ANN401  (a fitted estimator)
        """Fit a new model.

        Args:
            matrix: Rows x columns; missing is NaN, categories are codes.
            truth: Positions of classes, or a quantity.
            categorical: Which columns hold codes.
            quantity: Whether the outcome is a quantity.
            seed: Seed of the model's own randomness, where it has any.
            weights: One weight a row.

        Raises:
            BadInput: The estimator refuses its settings, or these rows.
        """
        import numpy as np
        from threadpoolctl import threadpool_limits

        with self.blamed("fit"), threadpool_limits(1):  # one thread: the same model on every machine
            if not quantity and len(np.unique(truth)) < 2:
                return _constant().fit(matrix, truth, sample_weight=weights)
            model = self._built(categorical, quantity=quantity, seed=seed)
            if not self.path:
                # The trees' bins want a value in each column; of one that is missing in every row nothing is learnt.
                empty = np.isnan(matrix).all(axis=0)
                matrix = np.where(empty, 0.0, matrix) if empty.any() else matrix
            if weights is None:
                return model.fit(matrix, truth)
            name = f"{model.steps[-1][0]}__sample_weight" if hasattr(model, "steps") else "sample_weight"
            return model.fit(matrix, truth, **{name: weights})

    def predict(self, model: Any, matrix: NDArray[np.float64], classes: int) -> NDArray[np.float64]:  # noqa: ANN401
        """Rows x classes of probabilities, 0 for a class that training had not; rows x 1 for a quantity (no class)."""
        import numpy as np
        from threadpoolctl import threadpool_limits

        with self.blamed("predict"), threadpool_limits(1):
            if not classes:
                return np.asarray(model.predict(matrix), dtype=np.float64).reshape(-1, 1)
            full = np.zeros((len(matrix), classes))
            full[:, model.classes_.astype(int)] = model.predict_proba(matrix)
            return full

    def check(self, *, quantity: bool | None) -> None:
        """Refuse what can be known to be wrong without rows.

        Raises:
            BadInput: It cannot be imported, is no estimator, is of the wrong kind, or refuses its settings.
        """
        if not self.path:
            self._check_settings(self._class(quantity=bool(quantity))(**{**TREES, **self.settings}))
            return
        made = self._made(quantity=quantity)
        self._check_settings(made)

    def _check_settings(self, made: Any) -> None:  # noqa: ANN401
        validate = getattr(made, "_validate_params", None)  # scikit-learn's own estimators look at values when they fit
        if validate:
            with self.blamed("settings"):
                validate()

    def _built(self, categorical: list[bool], *, quantity: bool, seed: int) -> Any:  # noqa: ANN401
        if not self.path:
            return self._class(quantity=quantity)(
                **{**TREES, "early_stopping": False, **self.settings},
                categorical_features=categorical,
                random_state=seed % 2**32,
            )
        made = self._made(quantity=quantity)
        known = made.get_params()
        if "random_state" in known and "random_state" not in self.settings:
            made.set_params(random_state=seed % 2**32)
        if "categorical_features" in known:  # takes categories and missing values as they are
            return (
                made if "categorical_features" in self.settings else made.set_params(categorical_features=categorical)
            )
        return _plain(made, categorical)

    def _class(self, *, quantity: bool) -> Any:  # noqa: ANN401
        if not self.path:
            from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

            return HistGradientBoostingRegressor if quantity else HistGradientBoostingClassifier
        module_name, _, name = self.path.partition(":")
        try:
            module = importlib.import_module(module_name)
        except Exception as error:
            raise BadInput(
                f"cannot import {module_name!r} ({one_line(str(error))[:200]})",
                place="outcome.model",
                remedy="mend the name, or install its package",
            ) from error
        found = getattr(module, name, None)
        if not isinstance(found, type) or not all(hasattr(found, part) for part in ("fit", "get_params")):
            raise BadInput(
                f"{module_name} has no scikit-learn estimator {name!r}",
                place="outcome.model",
                remedy="write module:Class, such as sklearn.linear_model:LogisticRegression",
            )
        return found

    def _made(self, *, quantity: bool | None) -> Any:  # noqa: ANN401
        found = self._class(quantity=bool(quantity))
        with self.blamed("settings"):
            made = found(**self.settings)
        probable = hasattr(made, "predict_proba")
        if quantity is False and not probable:
            raise BadInput(
                f"{self.name} gives no probabilities of classes",
                place="outcome.model",
                remedy="choose a classifier with predict_proba, such as sklearn.linear_model:LogisticRegression",
            )
        if not hasattr(made, "predict") or (quantity and hasattr(made, "predict_proba")):
            raise BadInput(
                f"{self.name} does not predict a quantity",
                place="outcome.model",
                remedy="choose a regressor, such as sklearn.linear_model:Ridge",
            )
        return made

    @contextmanager
    def blamed(self, what: str) -> Iterator[None]:
        """What a user's estimator raises is said in one line; what our own trees raise is our fault."""
        try:
            yield
        except SupplyChainError:
            raise
        except Exception as error:
            if not self.path and not self.settings:
                raise
            said = f"({type(error).__name__}: {one_line(str(error))[:200]})"
            if what == "settings" or type(error).__name__ == "InvalidParameterError":
                raise BadInput(
                    f"{self.name} refuses its settings {said}", place="outcome.settings", remedy="mend them"
                ) from error
            raise BadInput(
                f"{self.name} fails to {what} {said}",
                place="outcome.model",
                remedy="mend outcome.settings, or choose another estimator; --debug shows where",
            ) from error


def _constant() -> Any:  # noqa: ANN401
    """For rows that know one class only."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _plain(model: Any, categorical: list[bool]) -> Any:  # noqa: ANN401
    """For estimators that know neither categories nor missing values: indicators, medians, one scale."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    names = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_INDICATORS, sparse_output=False)
    columns = [
        ("numbers", numbers, [i for i, name in enumerate(categorical) if not name]),
        ("names", names, [i for i, name in enumerate(categorical) if name]),
    ]
    return Pipeline([("columns", ColumnTransformer([part for part in columns if part[2]])), ("model", model)])
