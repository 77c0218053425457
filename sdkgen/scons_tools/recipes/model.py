"""The model of one SDK, the same for every platform: compressed, exported, and held against ExecuTorch."""

from sdkgen.scons_tools.publish import publish_file
from sdkgen.scons_tools.recipes.common import Model, Node, Sdk
from sdkgen.scons_tools.steps import model_sources, training_data


def model(sdk: Sdk) -> Model:
    """From the user's PyTorch module to a proven .pte."""
    build, host = sdk.build, sdk.host
    trained = _trained(sdk) if sdk.spec.training else []
    float_program, quantised_program, compress_json, *predictions = sdk.steps.step(
        "compress",
        title="compress: fold, calibrate, quantise",
        sections=["model", "input", "task", "data", "training", "compress"],
        reads=[*model_sources(sdk.spec), *sdk.spec.data.calibration, *trained, host.image],
        progress_lines=True,
        writes=[build / "compress" / f for f in ("float.pt2", "quantized.pt2", "compress.json")]
        + ([build / "compress" / "predictions.json"] if sdk.spec.training else []),
    )
    pte, export_json = sdk.steps.step(
        "export",
        title="export: lower to a plan, write the .pte",
        sections=["sdk", "input", "task"],
        values=[sdk.fingerprint],
        reads=[quantised_program],
        writes=[build / "export" / f for f in (f"{sdk.name}.pte", "export.json")],
    )
    proof, outputs = sdk.steps.step(
        "prove_executorch",
        title="prove: PyTorch, ExecuTorch and the C API agree",
        sections=["sdk", "input", "task", "data"],
        reads=[float_program, quantised_program, pte, *sdk.evaluation, host.c_api, host.executorch],
        writes=[build / "prove" / f for f in ("executorch.json", "pytorch_outputs.npz")],
    )
    return Model(
        float_program=float_program,
        quantised_program=quantised_program,
        compress_json=compress_json,
        pte=pte,
        export_json=export_json,
        outputs=outputs,
        proofs=[proof, *(_labelled(sdk, pte, predictions) if sdk.spec.training else [])],
        published=[publish_file(sdk.env, pte, sdk.dist / "model" / f"{sdk.name}.pte")],
    )


def _trained(sdk: Sdk) -> list[Node]:
    """The weights of what the spec trains: its network, unless it names weights, and the teacher."""
    training = sdk.spec.training
    assert training is not None
    roles = [*(["teacher"] if training.teacher else []), *([] if sdk.spec.model.has_weights else ["network"])]
    return sdk.steps.step(
        "train",
        title="train",
        sections=["model", "input", "task", "training"],
        reads=[*model_sources(sdk.spec), *training_data(sdk.spec)],
        progress_lines=True,
        writes=[sdk.build / "train" / f for f in ("train.json", *(f"{role}.safetensors" for role in roles))],
    )


def _labelled(sdk: Sdk, pte: Node, predictions: list[Node]) -> list[Node]:
    """The proof on all labelled samples."""
    return sdk.steps.step(
        "prove_training",
        title="prove: the C API predicts what the trained network does",
        sections=["model", "input", "task", "training"],
        reads=[*predictions, pte, *model_sources(sdk.spec), *training_data(sdk.spec), sdk.host.c_api],
        writes=[sdk.build / "prove" / "training.json"],
    )
