"""The release as Croissant 1.1 (MLCommons): files, columns, responsibility (RAI 1.0), and origin (PROV-O).

It names no date: `datePublished` is the only property that the format asks for and a release leaves out, since the
same inputs give the same bytes (decision 20).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from supplychain.publish.licences import address
from supplychain.publishing import EXTERNAL

if TYPE_CHECKING:
    from supplychain.product import Product

CROISSANT = "croissant.json"
_WITHIN = {  # terms of the format's own vocabulary, under their plain names
    name: f"cr:{name}"
    for name in (
        "arrayShape citeAs column containedIn equivalentProperty extract field fileProperty fileObject fileSet format "
        "includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
        "samplingRate separator source subField transform"
    ).split()
}
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **_WITHIN,
}
_TYPES = {"Int": "sc:Integer", "UInt": "sc:Integer", "Float": "sc:Float", "Boolean": "sc:Boolean", "Date": "sc:Date"}


def croissant(product: Product, content: dict[str, Any]) -> bytes:
    """The release's description, from its manifest before it is closed."""
    files = [file for file in content["files"] if "rows" in file]
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": product.name,
        "description": product.description or product.name,
        "version": content["version"],
        "license": address(content["terms"]["licence"]),
        "url": f"urn:supplychain:{product.name}:{content['version']}:{content['audience']}",
        "creator": [{"@type": "sc:Organization", "name": owner} for owner in product.owners or ("not stated",)],
        "keywords": ["synthetic", "tabular", content["digital_source_type"]],
        "isLiveDataset": False,
        **_responsible(product, content),
        **_provenance(content),
        "distribution": [_file(file) for file in files],
        "recordSet": [_records(file, content) for file in files],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _responsible(product: Product, content: dict[str, Any]) -> dict[str, Any]:
    """The RAI properties that the chain can answer."""
    external = content["audience"] == EXTERNAL
    rows = "no row is a person's" if external else "rows with _origin real are people's, of the role train"
    gates = [gate for gate in content["gates"] if gate["severity"] == "critical"]
    makers = sorted({batch["synthesizer"] for entry in content["windows"] for batch in entry["batches"]})
    return {
        "rai:dataCollection": product.source.origin or "not stated",
        "rai:dataCollectionType": "Synthetic, made by generators that were fitted on real rows",
        "rai:dataPreprocessingProtocol": "Real rows are typed, parted by a keyed hash of the entity, and set aside "
        "where they break a rule; synthetic rows are rejected that break a rule, or a doubt oftener than people do, "
        "that copy a real row, or have two values that never met.",
        "rai:machineAnnotationTools": makers,
        "rai:dataUseCases": f"Training a model of {content['outcome']}.",
        "rai:dataLimitations": [*content["not_for"], "Synthetic rows are no evidence about a person."],
        "rai:dataBiases": f"Groups that are compared before a release: {', '.join(product.sensitive) or 'none'}. "
        "The slices that get more synthetic rows are chosen by a plan, and so are over-represented.",
        "rai:personalSensitiveInformation": f"{rows}; critical privacy rules: "
        f"{', '.join(gate['rule'] for gate in gates if gate['gate'] == 'privacy') or 'none'}.",
        "rai:dataSocialImpact": "Not for decisions about a person.",
        "rai:dataReleaseMaintenancePlan": "A release never changes. What is wrong with it is said by a withdrawal, "
        "what is newer by a version: major where a consumer could break.",
    }


def _provenance(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "prov:used": sorted({f"sha256:{entry['blend']}" for entry in content["windows"]}),
            "prov:wasAssociatedWith": f"supplychain {content['code']['supplychain']}, code {content['code']['hash']}",
        }
    }


def _file(file: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file["path"],
        "name": file["path"],
        "contentUrl": file["path"],
        "contentSize": f"{file['bytes']} B",
        "encodingFormat": "application/x-parquet",
        "sha256": file["sha256"],
    }


def _records(file: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    name = file["path"].removeprefix("data/").removesuffix(".parquet")
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{file['rows']} rows",
        "field": [_field(name, file["path"], column) for column in content["columns"]],
    }


def _field(records: str, file: str, column: dict[str, Any]) -> dict[str, Any]:
    unit = f" ({column['unit']})" if column.get("unit") else ""
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{column['name']}",
        "name": column["name"],
        "description": f"{column.get('description', column['name'])}{unit}",
        "dataType": next((kind for start, kind in _TYPES.items() if column["type"].startswith(start)), "sc:Text")
        if not column["type"].startswith("Datetime")
        else "sc:DateTime",
        "source": {"fileObject": {"@id": file}, "extract": {"column": column["name"]}},
    }
