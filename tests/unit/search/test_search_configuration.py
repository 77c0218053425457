"""Trials draw only what makes sense together, and say it as a spec would."""

from dataclasses import replace

from sdkgen.search.configuration import Configuration, applied, choose, configuration, invalid, plain
from sdkgen.spec.values import ImageInput, KnobRange, PassSpec, SearchPass
from tests.unit.search.search_values import SEARCH, Choices, spec


def test_passes_stand_in_the_order_of_a_spec_with_batch_norm_folded_before_ptq() -> None:
    chosen = choose(SEARCH, Choices(structured_pruning=True, cluster_weights=True, cluster_weights__bits=6))
    names = [entry.name for entry in chosen.passes]
    assert names == ["structured_pruning", "cluster_weights", "fold_batch_norm", "int8_ptq"]
    assert chosen.passes[0].options == {"epochs": 1, "macs_fraction": 0.3}
    assert chosen.passes[1].options == {"bits": 6}
    assert invalid(chosen) is None


def test_qat_folds_by_itself_and_what_it_would_undo_is_not_drawn() -> None:
    choices = Choices(quantiser="int8_qat", cluster_weights=True)
    chosen = choose(SEARCH, choices)
    assert [entry.name for entry in chosen.passes] == ["int8_qat"]
    assert "cluster_weights" not in choices.asked


def test_options_of_a_pass_that_is_left_out_are_not_drawn() -> None:
    choices = Choices()
    choose(SEARCH, choices)
    assert "structured_pruning" in choices.asked
    assert "structured_pruning.macs_fraction" not in choices.asked


def test_lists_are_drawn_as_text_and_come_out_as_lists() -> None:
    chosen = choose(SEARCH, Choices(argument__layers="[2, 2]", argument__width=0.5, size="20x24"))
    assert chosen.arguments == {"layers": [2, 2], "width": 0.5}
    assert chosen.size == (20, 24)


def test_whole_ranges_are_whole_and_others_have_three_digits() -> None:
    passes = (
        SearchPass(
            name="structured_pruning",
            fixed={},
            knobs={"iterations": KnobRange(low=1, high=5), "macs_fraction": KnobRange(low=0.3, high=0.9)},
        ),
        SEARCH.passes[2],
    )
    wanted = {"structured_pruning": True, "structured_pruning__macs_fraction": 0.123456}
    options = choose(replace(SEARCH, passes=passes), Choices(**wanted)).passes[0].options
    assert options == {"iterations": 1, "macs_fraction": 0.123}
    assert isinstance(options["iterations"], int)


def test_the_first_trials_are_plain_quantisation_of_the_network_as_it_is() -> None:
    parameters = plain(SEARCH, spec())
    assert [entry["quantiser"] for entry in parameters] == ["int8_ptq", "int8_qat"]
    wanted = {name.replace(".", "__"): value for name, value in parameters[0].items()}
    chosen = choose(SEARCH, Choices(**wanted))
    assert (chosen.arguments["width"], chosen.size) == (1.0, (28, 28))
    assert [entry.name for entry in chosen.passes] == ["fold_batch_norm", "int8_ptq"]


def test_a_configuration_becomes_the_spec_that_says_it() -> None:
    chosen = configuration({"width": 0.5}, "14x14", [PassSpec(name="int8_qat", options={"epochs": 2})])
    made = applied(spec(), chosen)
    assert made.model.arguments == {"width": 0.5, "other": 3}
    assert made.passes == chosen.passes
    image = made.inputs[0]
    assert isinstance(image, ImageInput)
    assert (image.height, image.width, image.resize_to) == (14, 14, 16)
    assert made.training is not None
    assert made.training.arguments == {"folder": "x", "size": [14, 14]}


def test_it_survives_json_and_is_told_in_words() -> None:
    passes = [
        PassSpec(name="int8_ptq", options={}),
        PassSpec(name="structured_pruning", options={"epochs": 3, "macs_fraction": 0.5}),
    ]
    chosen = configuration({"width": 0.5}, "14x14", passes)
    assert Configuration.from_json(chosen.to_json()) == chosen
    assert chosen.words() == "width 0.5, 14×14, structured_pruning macs_fraction 0.5, int8_ptq"


def test_networks_are_told_apart_by_what_is_trained_alone() -> None:
    one = configuration({"width": 0.5}, None, [PassSpec(name="int8_ptq", options={})])
    other = configuration({"width": 0.5}, None, [PassSpec(name="int8_qat", options={})])
    assert one.network_key() == other.network_key()
    assert one.network_key() != replace(one, size=(8, 8)).network_key()
