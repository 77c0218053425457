"""Semantics, in torch, of every operator in our Core ML programs, by its name in the program.

A rule takes the operator's parameters by name: float tensors as torch tensors in the arithmetic's dtype, integers,
booleans and strings as the program has them. The semantics are those of coremltools' description of the operators (MIL
operator set for iOS 16 to 18). A parameter that a rule does not take is an error of the package, not ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sdkgen.coreml.operators import (
    arithmetic,
    constants,
    convolution,
    pooling,
    quantisation,
    resampling,
    shape,
)

Rule = Callable[..., Any]

RULES: Mapping[str, Rule] = {
    **arithmetic.RULES,
    **convolution.RULES,
    **pooling.RULES,
    **quantisation.RULES,
    **resampling.RULES,
    **shape.RULES,
}

CONSTANT_RULES: Mapping[str, Rule] = constants.RULES
"""Rules of the operators whose arguments are all constants: evaluated once, from arrays as they are stored."""
