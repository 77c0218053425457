"""`python -m sdkgen STEP`: runs one step between files, for SCons or by hand."""

import argparse
from pathlib import Path

from sdkgen import targets
from sdkgen.command_line import exit_code
from sdkgen.layout import Layout
from sdkgen.spec import fingerprint, load
from sdkgen.spec.sections import restricted
from sdkgen.spec.values import SdkSpec
from sdkgen.steps import Build, Step, all_steps, tools_of, with_proof_steps


def main(arguments: list[str] | None = None) -> int:
    """Run one step; a mistake of the user becomes one message and the exit code of its class."""
    steps = all_steps()
    parser = argparse.ArgumentParser(prog="python -m sdkgen", description=__doc__)
    parser.add_argument("step", choices=sorted(steps))
    parser.add_argument("--spec", type=Path, required=True, help="the sdk.toml")
    parser.add_argument("--build", type=Path, required=True, help="folder of this SDK's intermediate files")
    parser.add_argument("--host", type=Path, required=True, help="folder of the libraries built for this machine")
    parser.add_argument("--dist", type=Path, required=True, help="folder of this SDK's results")
    parser.add_argument("--targets", default="", help="platforms of the report, such as android,ios; all by default")
    options = parser.parse_args(arguments)

    def work() -> None:
        spec = load(options.spec)
        files = Layout(
            name=spec.name,
            build=options.build.resolve(),
            host=options.host.resolve(),
            dist=options.dist.resolve(),
            targets=tuple(options.targets.split(",")) if options.targets else targets.of_spec(spec),
        )
        run(steps[options.step], spec, files)

    return exit_code(
        work, interrupted="interrupted; a training continues from its last finished epoch when it is started again"
    )


def run(step: Step, spec: SdkSpec, files: Layout) -> None:
    """Run a step on the sections of the spec that it declares.

    Raises:
        SdkgenError: as the step does.
        UndeclaredSectionError: the step reads a section that it does not declare.
    """
    step.run(
        Build(
            spec=restricted(spec, step.sections),
            files=with_proof_steps(files, spec),
            tools=tools_of(step, spec, files.targets) if step.uses_every_tool else (),
            declared_fingerprint=fingerprint(spec) if "fingerprint" in step.sections else None,
        )
    )
