"""Write the product reference from the model: `python docs/reference.py > docs/product-reference.md`."""

import json

from supplychain.product import Product
from supplychain.project import COMPONENT

TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
BOUNDS = (
    ("minimum", "at least"),
    ("exclusiveMinimum", "above"),
    ("maximum", "at most"),
    ("exclusiveMaximum", "below"),
)

schema = Product.model_json_schema()
lines = [
    "# Product reference",
    "",
    "Written by `docs/reference.py` from `supplychain.product.Product`; do not edit it by hand.",
    "",
    f"A product is the file `assets/products/NAME/defs.yaml`: `type: {COMPONENT}` and `attributes:`.",
    "Unknown keys are refused.",
    "A key without a default may be left out, unless it is required.",
    "The file is read as YAML 1.2: `NO` is a text, and a key that stands twice is an error.",
    "[Getting started](getting-started.md) has a whole file.",
]

sections = [("", schema)]  # a place in the file and its part of the schema; grows while it is read
places = {}  # part of the schema to the place that it is described under: once, wherever it may stand
for place, part in sections:
    lines += ["", f"## {place or 'attributes'}", "", part["description"].partition("\n")[0], ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    for key, field in part["properties"].items():
        path = f"{place}.{key}" if place else key
        kind = next(option for option in field.get("anyOf", [field]) if option.get("type") != "null")
        words = []
        while True:
            if "items" in kind or "prefixItems" in kind:
                words.append("list of")
                kind = kind["items"] if "items" in kind else kind["prefixItems"][0]
            elif isinstance(kind.get("additionalProperties"), dict):
                words.append("mapping of names to")
                path, kind = f"{path}.NAME", kind["additionalProperties"]
            elif "patternProperties" in kind:
                pattern, kind = next(iter(kind["patternProperties"].items()))
                words.append(f"mapping of names (`{pattern}`) to")
            else:
                break
        meaning = field.get("description", "")
        if "$ref" in kind:
            target = schema["$defs"][kind["$ref"].rpartition("/")[2]]
            if kind["$ref"] not in places:
                places[kind["$ref"]] = path
                sections.append((path, target))
            words.append(f"[section](#{places[kind['$ref']].replace('.', '').lower()})")
            meaning = meaning or target["description"]
        elif "enum" in kind:
            words.append(", ".join(f"`{value}`" for value in kind["enum"]))
        elif "anyOf" in kind:
            words.append(", ".join(TYPES.get(option["type"], "mapping") for option in kind["anyOf"]))
        else:
            words.append(TYPES.get(kind["type"], "mapping of names to anything"))
            limits = [f"{word} {kind[bound]:,}" for bound, word in BOUNDS if bound in kind]
            limits += [f"`{kind['pattern']}`"] if "pattern" in kind else []
            words += [f"({', '.join(limits)})"] if limits else []
        default = f"`{json.dumps(field['default'])}`" if field.get("default") else ""
        default = "**required**" if key in part.get("required", []) else default
        lines.append(f"| `{key}` | {' '.join(words)} | {default} | {' '.join(meaning.split())} |")

print("\n".join(lines))
