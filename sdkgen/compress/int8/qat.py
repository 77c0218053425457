"""The first part of quantisation-aware training, with BatchNorm on batch statistics."""

import copy

import torch
from torch.fx import GraphModule

from sdkgen.compress.int8.qat_graphs import training_graph
from sdkgen.compress.int8.qat_quantizer import Int8TrainingQuantizer
from sdkgen.compress.network import Network
from sdkgen.compress.training.fine_tune import FineTuning, fine_tune

from torchao.quantization.pt2e import (  # isort: skip  # after the quantizer, which silences its import
    move_exported_model_to_train,
)
from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e  # isort: skip


def trained_with_batch_norm(name: str, network: Network, tuning: FineTuning) -> torch.nn.Module:
    """Train with BatchNorm in place; return the user's module with the resulting weights and statistics.

    Args:
        name: of the pass, for progress and checkpoints.
    """
    prepared: GraphModule = prepare_qat_pt2e(training_graph(network), Int8TrainingQuantizer(fixed=False))
    move_exported_model_to_train(prepared)
    fine_tune(name, network, prepared, tuning, step="batch_norm")
    module = copy.deepcopy(network.module)
    state, trained = module.state_dict(), prepared.state_dict()
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(trained[name])
    return module.eval().requires_grad_(False)
