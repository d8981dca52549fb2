"""The release as a data contract: Open Data Contract Standard 3.1 (Bitol), what a consumer may count on."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from supplychain.publishing import EXTERNAL

if TYPE_CHECKING:
    from supplychain.product import Product

CONTRACT = "contract.odcs.yaml"
API = "v3.1.0"
SQL = "expect_rows_to_satisfy_sql"
_LOGICAL = {"Int": "integer", "UInt": "integer", "Float": "number", "Boolean": "boolean", "Datetime": "timestamp"}


def contract(product: Product, content: dict[str, Any]) -> bytes:
    """The contract as YAML, from the manifest before it is closed."""
    windows = ", ".join(entry["window"] for entry in content["windows"])
    document = {
        "version": content["version"],
        "apiVersion": API,
        "kind": "DataContract",
        "id": f"{product.name}-{content['audience']}",
        "name": product.name,
        "status": "active",
        "dataProduct": product.name,
        "tags": ["synthetic", content["audience"]],
        "description": {
            "purpose": product.description or f"Training a model of {content['outcome']}.",
            "limitations": "\n".join(content["not_for"]) or "Synthetic rows are no evidence about a person.",
            "usage": f"Licence: {content['terms']['licence']}",
        },
        "servers": [
            {"server": "release", "type": "local", "path": "./data/*.parquet", "format": "parquet"},
        ],
        "schema": [
            {
                "name": product.name,
                "logicalType": "object",
                "physicalType": "parquet",
                "description": f"Windows: {windows}",
                "properties": [_property(column) for column in content["columns"]],
                "quality": _quality(content),
            }
        ],
        **({"team": {"name": ", ".join(product.owners)}} if product.owners else {}),
        "customProperties": [
            {"property": key, "value": content[key]}
            for key in ("synthetic", "synthetic_share", "generation_depth", "digital_source_type", "audience")
        ],
    }
    return to_yaml(document)


def to_yaml(document: Any) -> bytes:  # noqa: ANN401  (plain values)
    """Plain values as YAML, in their order."""
    from ruamel.yaml import YAML

    yaml, text = YAML(), io.BytesIO()
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = False, 120, True
    yaml.dump(document, text)
    return text.getvalue()


def _property(column: dict[str, Any]) -> dict[str, Any]:
    allowed = column.get("allowed", {})
    logical = _logical(column["type"])
    unit = f" ({column['unit']})" if column.get("unit") else ""
    limits = {f"{end}imum": allowed[end] for end in ("min", "max") if end in allowed and logical in _NUMBERS}
    return {
        "name": column["name"],
        "logicalType": logical,
        "physicalType": column["type"],
        "description": f"{column.get('description', column['name'])}{unit}",
        "required": bool(allowed.get("required", False)),
        **({"logicalTypeOptions": limits} if limits else {}),
        **({"enum": [{"value": value} for value in allowed["values"]]} if allowed.get("values") else {}),
    }


_NUMBERS = ("integer", "number")


def _logical(dtype: str) -> str:
    if dtype == "Date":
        return "date"
    return next((kind for start, kind in _LOGICAL.items() if dtype.startswith(start)), "string")


def _quality(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Row counts, and the row rules that are conditions in SQL: every row keeps those of its suite."""
    suites = ("synthetic",) if content["audience"] == EXTERNAL else ("synthetic", "real")
    rules = [gate for gate in content["gates"] if gate["type"] == SQL and gate["suite"] in suites]
    shared = [
        gate
        for gate in rules
        if gate["suite"] == "synthetic"
        and (len(suites) == 1 or gate["kwargs"]["rule"] in {g["kwargs"]["rule"] for g in rules if g["suite"] == "real"})
    ]
    return [
        {
            "id": gate["rule"],
            "name": gate["rule"],
            "type": "sql",
            "dimension": "consistency",
            "severity": gate["severity"],
            "query": f"SELECT count(*) FROM {{object}} WHERE NOT ({gate['kwargs']['rule']})",  # noqa: S608  (a rule of the suite)
            "mustBe": 0,
        }
        for gate in shared
    ]
