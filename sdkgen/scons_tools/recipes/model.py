"""The model of one SDK, the same for every platform: compressed, exported, and held against ExecuTorch."""

from sdkgen.scons_tools.publish import publish_file
from sdkgen.scons_tools.recipes.common import Model, Sdk
from sdkgen.scons_tools.steps import model_sources


def model(sdk: Sdk) -> Model:
    """From the user's PyTorch module to a proven .pte."""
    build, host = sdk.build, sdk.host
    float_program, quantised_program, compress_json = sdk.steps.step(
        "compress",
        title="compress: fold, calibrate, quantise",
        sections=["model", "input", "task", "data", "compress"],
        reads=[*model_sources(sdk.spec), *sdk.spec.data.calibration, host.image],
        writes=[build / "compress" / f for f in ("float.pt2", "quantized.pt2", "compress.json")],
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
        proof=proof,
        published=[publish_file(sdk.env, pte, sdk.dist / "model" / f"{sdk.name}.pte")],
    )
