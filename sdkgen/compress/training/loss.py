"""Loss: cross entropy with the labels, and in distillation the divergence from the teacher's softened logits."""

from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """Weights of the terms of the distillation loss.

    Attributes:
        temperature: logits of both are divided by it; above 1 it shows how the teacher ranks the wrong classes.
        weight: of the teacher's term, 0…1; the term of the labels has the rest.
        hint: paths of the two modules whose outputs are to be alike, the trained network's and the teacher's, or None.
        hint_weight: of the hint, which is added to the other two terms.
    """

    temperature: float
    weight: float
    hint: tuple[str, str] | None = None
    hint_weight: float = 1.0


def loss(
    logits: torch.Tensor, labels: torch.Tensor, teacher_logits: torch.Tensor | None, distillation: Distillation | None
) -> torch.Tensor:
    """Return the mean loss of the batch, without the hint; logits (n, classes), labels (n,).

    With a teacher: (1 − w)·CE(y, labels) + w·T²·KL(softmax(t/T) ‖ softmax(y/T)), Hinton et al., arXiv:1503.02531;
    T² keeps the gradients of both terms at one magnitude.
    """
    hard = functional.cross_entropy(logits, labels)
    if teacher_logits is None or distillation is None:
        return hard
    temperature = distillation.temperature
    soft = functional.kl_div(
        functional.log_softmax(logits / temperature, dim=1),
        functional.log_softmax(teacher_logits / temperature, dim=1),
        reduction="batchmean",
        log_target=True,
    )
    return (1 - distillation.weight) * hard + distillation.weight * temperature**2 * soft
