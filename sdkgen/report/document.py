"""report.json: one dictionary from the results of all stages; schema.json describes it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sdkgen import targets
from sdkgen.documents.compress import CompressDocument
from sdkgen.documents.export import ExportDocument
from sdkgen.documents.search import FrontDocument
from sdkgen.report.budgets import ACCURACY_PROOF, download_bytes, verdicts
from sdkgen.report.inputs import PlatformInputs, ReportInputs
from sdkgen.report.limitations import limitations
from sdkgen.spec.values import ImageInput, SdkSpec
from sdkgen.types import Proof

SCHEMA = 2
"""Version of the document's format; incremented when a reader of the former version would misread it."""

_LAYER_KEYS = ("index", "kind", "layer", "macs", "weight_bytes", "output_shape", "output_bytes")
_LIST_METRICS = ("per_layer", "per_image")


def document(inputs: ReportInputs) -> dict[str, Any]:
    """Build the whole report as JSON values; equal inputs give equal documents."""
    spec = inputs.spec
    budgets = verdicts(spec.budgets, inputs.platforms, inputs.proofs)
    limits = [asdict(limit) for platform in inputs.platforms.values() for limit in platform.limits]
    return {
        "schema": SCHEMA,
        "sdk": _sdk(spec, inputs.export.fingerprint),
        "verdict": _verdict(inputs.proofs, [*budgets, *limits]),
        "artifacts": [
            {**asdict(measured.artifact), "download_bytes": measured.download_bytes} for measured in inputs.artifacts
        ],
        "sizes": _sizes(inputs.platforms),
        **_sections(inputs.platforms),
        "model": _model(spec, inputs.compress, inputs.export),
        "preprocessing": None if spec.image is None else _preprocessing(spec.image),
        "passes": [asdict(entry) for entry in inputs.compress.passes],
        "quantisation": [asdict(row) for row in inputs.compress.quantisation],
        "weights": [asdict(row) for row in inputs.compress.weights],
        "sensitivity": [asdict(row) for row in inputs.compress.sensitivity],
        "search": inputs.search and _search(inputs.search),
        "accuracy": _accuracy(spec, inputs.proofs),
        "proofs": [_proof(proof) for proof in inputs.proofs],
        "limits": limits,
        "budgets": budgets,
        "not_checked": limitations(spec, inputs.proofs, tuple(inputs.platforms)),
        "environment": {**inputs.compress.library_versions, **inputs.environment},
    }


def _sizes(platforms: Mapping[str, PlatformInputs]) -> dict[str, Any]:
    """Return the downloads of one device for every platform; each ABI and each row names its platform."""
    abis: dict[str, Any] = {}
    breakdown: list[dict[str, Any]] = []
    native: dict[str, Any] = {}
    for name, platform in platforms.items():
        abis |= {abi: {"platform": name, **entry} for abi, entry in platform.sizes["abis"].items()}
        breakdown += [{"platform": name, **row} for row in platform.sizes["breakdown"]]
        native |= platform.sizes.get("native", {})
    worst = max(download_bytes(platform.sizes) for platform in platforms.values())
    return {"download_bytes": worst, "abis": abis, "breakdown": breakdown, "native": native}


def _sections(platforms: Mapping[str, PlatformInputs]) -> dict[str, Any]:
    """Return the platforms' own sections; None for a platform that the build does not target."""
    names = (name for name, target in targets.all_targets().items() if target.has_section)
    return {name: platforms[name].section if name in platforms else None for name in names}


def _search(found: FrontDocument) -> dict[str, Any]:
    """Return front.json without the values that differ from run to run."""
    values = asdict(found)
    return {**values, "results": [{k: v for k, v in row.items() if k != "seconds"} for row in values["results"]]}


def _sdk(spec: SdkSpec, fingerprint: str) -> dict[str, Any]:
    return {
        "name": spec.name,
        "version": spec.version,
        "description": spec.description,
        "vendor": spec.vendor,
        "license": spec.license,
        **{key: value for target in targets.all_targets().values() for key, value in target.facts(spec).items()},
        "fingerprint": fingerprint,
    }


def _verdict(proofs: Sequence[Proof], rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    counts = {status: sum(proof.status == status for proof in proofs) for status in ("passed", "failed", "not_run")}
    unmet = sum(not rule["ok"] for rule in rules)
    return {**counts, "rules_unmet": unmet, "ok": counts["failed"] == 0 and unmet == 0}


def _model(spec: SdkSpec, compress: CompressDocument, export: ExportDocument) -> dict[str, Any]:
    return {
        "parameters": compress.float.parameters,
        "macs": export.macs,
        "weight_bytes": export.weight_bytes,
        "plan_bytes": export.plan_bytes,
        "arena_bytes": export.arena_bytes,
        "arena_bytes_without_bands": export.arena_bytes_without_bands,
        "arena_lower_bound_bytes": export.arena_lower_bound_bytes,
        "band_bytes": export.band_bytes,
        "classes": len(spec.task.class_names) or None,
        "inputs": [asdict(row) for row in export.inputs],
        "outputs": [asdict(row) for row in export.outputs],
        "layers": [{key: getattr(op, key) for key in _LAYER_KEYS} for op in export.ops],
    }


def _preprocessing(image: ImageInput) -> dict[str, Any]:
    return {**asdict(image), "mean": list(image.mean), "std": list(image.std)}


def _accuracy(spec: SdkSpec, proofs: Sequence[Proof]) -> dict[str, Any] | None:
    """Return the accuracy proof's figures; None if it was not run or failed before it had any."""
    proof = next((proof for proof in proofs if proof.name == ACCURACY_PROOF), None)
    if proof is None or proof.status == "not_run" or "snr_db" not in proof.metrics:
        return None
    metrics = proof.metrics
    labels = spec.task.class_names
    return {
        **{key: metrics.get(key) for key in ("snr_db", "snr_mean_db", "top1_agreement", "views_count")},
        "per_layer": list(metrics.get("per_layer", ())),
        "per_image": [_labelled(entry, labels) for entry in metrics.get("per_image", ())],
    }


def _labelled(entry: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    """Return the entry with a label for each class index."""
    names = {
        f"{key}_label": labels[entry[key]]
        for key in ("top1_float", "top1_quantised")
        if isinstance(entry.get(key), int) and entry[key] < len(labels)
    }
    return {**entry, **names}


def _proof(proof: Proof) -> dict[str, Any]:
    """Return the proof unchanged, except that the accuracy proof's long lists are in `accuracy` only."""
    moved = _LIST_METRICS if proof.name == ACCURACY_PROOF else ()
    return {**asdict(proof), "metrics": {key: proof.metrics[key] for key in sorted(proof.metrics) if key not in moved}}
