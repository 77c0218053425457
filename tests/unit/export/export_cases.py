"""Quantises small modules as the compress stage does, lowers them, and compares every way of running them."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.export import ExportedProgram

from sdkgen.compress.passes.fold_batch_norm import FoldBatchNorm
from sdkgen.compress.passes.int8_ptq import Int8Ptq
from sdkgen.compress.program import capture
from sdkgen.engines.neon.backend import Request
from sdkgen.engines.neon.pte import build_pte
from sdkgen.plan.lower import lower
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.reader import OperatorRecord, Plan, read_plan
from sdkgen.plan.rewrites import prefer_dying_input
from sdkgen.plan.writer import write_plan
from sdkgen.prove.integer_reference import IntegerProgram
from sdkgen.prove.operator_steps import compare_operators
from sdkgen.runtime import Library
from sdkgen.samples import Sample
from tests.unit.export.plan_interpreter import run_plan

Tensors = tuple[torch.Tensor, ...]

HOST_LIBRARY = Path(__file__).parents[3] / "build" / "host" / "libsdkgen.so"
REQUEST = Request(fingerprint=7, labels=(), image=None)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A quantised program, what it became (a .pte, or only the plan in it), and inputs to run them on."""

    program: ExportedProgram
    model: bytes
    plan: Plan
    samples: tuple[Tensors, ...]

    @property
    def kinds(self) -> Counter[str]:
        return Counter(operator.kind.name for operator in self.plan.operators)


def samples_for(shapes: tuple[tuple[int, ...], ...], count: int, seed: int = 0) -> tuple[Tensors, ...]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(tuple(torch.randn(shape, generator=generator) for shape in shapes) for _ in range(count))


def quantise(module: torch.nn.Module, samples: tuple[Tensors, ...]) -> ExportedProgram:
    """Fold BatchNorm, then int8 by min-max ranges over the samples."""
    program = capture(module, samples[0], samples)
    program, _ = FoldBatchNorm().run(program)
    program, _ = Int8Ptq(activation_range="min_max", weight_range="min_max").run(program)
    return program.exported


def lower_module(module: torch.nn.Module, *shapes: tuple[int, ...], seed: int = 0) -> Case:
    """The bare plan of a module with random weights: as `in_pte`, without the seconds that ExecuTorch takes."""
    torch.manual_seed(seed)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5 if parameter.dim() == 1 else parameter[0].numel() ** -0.5)
    samples = samples_for(shapes, 2, seed)
    program = quantise(module, samples)
    data = write_plan(prefer_dying_input(lower(program)), fingerprint=REQUEST.fingerprint).data
    return Case(program=program, model=data, plan=read_plan(data), samples=samples)


def in_pte(program: ExportedProgram, samples: tuple[Tensors, ...]) -> Case:
    """The whole way through ExecuTorch."""
    pte = build_pte(program, REQUEST)
    return Case(program=program, model=pte.data, plan=read_plan(pte.lowered.plan.data), samples=samples)


def reference(case: Case, sample: Tensors) -> list[np.ndarray]:
    """What PyTorch computes for the quantised program."""
    with torch.no_grad():
        result = case.program.module(check_guards=False)(*sample)
    return [value.numpy() for value in (result if isinstance(result, (tuple, list)) else [result])]


def interpreted(case: Case, sample: Tensors) -> list[np.ndarray]:
    return run_plan(case.plan, [value.numpy() for value in sample])


def native(case: Case, sample: Tensors, *, threads: int = 1) -> list[np.ndarray] | None:
    """What the C runtime computes from the .pte, or None while the library is not built."""
    if not HOST_LIBRARY.exists():
        return None
    with Library(HOST_LIBRARY).open(case.model, threads=threads, fingerprint=7) as model:
        return model.run([value.numpy() for value in sample])


def one_step_differences(case: Case, sample: Tensors) -> list[np.ndarray]:
    """Per int8 operator: its result minus PyTorch's, each operator reading PyTorch's own int8 values.

    The end of a deep network says little: a value on a rounding tie that falls the other way once is amplified by
    every layer after it (PyTorch against itself with oneDNN off is 20 to 24 dB on the trained MobileNetV2).
    """
    expected: list[tuple[float, int, np.ndarray]] = []

    class Recorder(torch.fx.Interpreter):
        def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
            result = super().call_function(target, args, kwargs)
            if target is torch.ops.quantized_decomposed.quantize_per_tensor.default:
                expected.append((float(np.float32(args[1])), args[2], result.numpy()))
            return result

    with torch.no_grad():
        Recorder(case.program.module(check_guards=False)).run(*sample)
    differences = []

    def replace(operator: OperatorRecord, result: np.ndarray) -> np.ndarray:
        record = case.plan.tensors[operator.output]
        if record.dtype != 1 or operator.kind is Kind.RESCALE:
            return result
        while expected:
            scale, zero_point, values = expected.pop(0)
            nhwc = values.transpose(0, 2, 3, 1) if values.ndim == 4 else values[:, None, None]
            if (scale, zero_point, nhwc.shape) == (record.scale, record.zero_point, result.shape):
                differences.append(result.astype(np.int32) - nhwc)
                return np.ascontiguousarray(nhwc)
        raise AssertionError(f"PyTorch's program has no tensor for {operator}")

    run_plan(case.plan, [value.numpy() for value in sample], replace)
    return differences


def snr_db(expected: np.ndarray, actual: np.ndarray) -> float:
    noise = float(np.square(expected.astype(np.float64) - actual).sum())
    return float("inf") if noise == 0 else 10 * np.log10(float(np.square(expected.astype(np.float64)).sum()) / noise)


def assert_same(case: Case, *, minimum_db: float = 40.0) -> None:
    """The plan agrees with PyTorch up to rounding ties, and the C runtime with the plan's numpy reading exactly."""
    for sample in case.samples:
        expected, actual = reference(case, sample), interpreted(case, sample)
        assert [e.shape for e in expected] == [a.shape for a in actual]
        for e, a in zip(expected, actual, strict=True):
            assert snr_db(e, a) >= minimum_db, (snr_db(e, a), np.abs(e - a).max())
        compiled = native(case, sample)
        softmax = case.kinds["softmax"] > 0
        for a, c in zip(actual, compiled or actual, strict=True):
            assert np.allclose(a, c, rtol=1e-5, atol=1e-7) if softmax else np.array_equal(a, c)


def assert_exact(case: Case, *, steps: int = 1) -> None:
    """The plan, the program in integers and the C runtime agree in every byte; PyTorch's float32 to `steps`.

    Args:
        steps: how far an int8 result may be from what PyTorch makes of the same int8 inputs.
    """
    graph = case.program.module(check_guards=False)
    program = IntegerProgram(graph)
    for number, tensors in enumerate(case.samples):
        sample = Sample(name=str(number), picture=None, inputs=tuple(tensor.numpy() for tensor in tensors))
        actual = interpreted(case, tensors)
        for expected, value in zip(program.evaluate(sample), actual, strict=True):
            assert np.array_equal(expected, value), (np.abs(expected - value).max(), case.kinds)
        compiled = native(case, tensors)
        for value, c in zip(actual, compiled or actual, strict=True):
            assert np.array_equal(value, c), (np.abs(value - c).max(), case.kinds)
        compared = compare_operators(graph, program, [sample])
        assert compared.largest <= steps and compared.operators > 0
