"""Documents survive the file with the same bytes, and a damaged file is a clear error."""

import json
from pathlib import Path

import pytest

from sdkgen.documents.compress import (
    CompressDocument,
    FloatSize,
    PredictionsDocument,
    QuantisationRow,
    SensitivityRow,
    WeightRow,
    read_compress,
    read_predictions,
    write_compress,
    write_predictions,
)
from sdkgen.documents.search import (
    Closest,
    Figures,
    FrontDocument,
    Miss,
    TrialCounts,
    TrialRow,
    read_front,
    write_front,
)
from sdkgen.documents.training import DataSizes, TrainDocument, TrainedNetwork, read_train, write_train
from sdkgen.errors import PackageError
from sdkgen.spec.values import SearchLimits
from sdkgen.types import PassReport

COMPRESS = CompressDocument(
    passes=(PassReport(name="int8_ptq", before={"macs": 7}, after={"macs": 7, "top1": 0.5}, notes=("a", "b")),),
    quantisation=(
        QuantisationRow(name="x", kind="input", scale=0.5, zero_point=-3, min=-1.0, max=2.0, histogram=(1, 2)),
    ),
    weights=(
        WeightRow(
            name="w", kind="conv2d", shape=(8, 3), smallest_scale=0.1, largest_scale=0.2, clipped=0.0, histogram=(3,)
        ),
    ),
    sensitivity=(SensitivityRow(name="w", kind="conv2d", alone_db=20.0, without_db=None),),
    float=FloatSize(parameters=24, macs=7),
    library_versions={"torch": "2.13.0"},
)
NETWORK = TrainedNetwork(epochs=2, taught=True, parameters=24, top1=0.5)


def front() -> FrontDocument:
    figures = Figures(top1=0.5, download_bytes=900, macs=7, instructions={"neondot": 40}, parameters=24)
    row = TrialRow(number=3, configuration={"passes": []}, words="int8_ptq", figures=figures, seconds=1.5)
    miss = Miss(name="download_bytes", limit=100, value=900, excess=8.0)
    return FrontDocument(
        schema=1,
        sdk="s",
        study="s-1",
        tier="neondot",
        prefer="accuracy",
        limits=SearchLimits(download_bytes=100, macs=None, instructions=None, min_top1=None),
        trials=TrialCounts(asked=2, measured=1, refused=1, unfinished=0),
        refused={"no layer": 1},
        results=(row,),
        front=(3,),
        best=None,
        closest=Closest(number=3, misses=(miss,)),
    )


def test_each_document_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_compress(path, COMPRESS)
    assert read_compress(path) == COMPRESS
    predictions = PredictionsDocument(classes=(1, 0, 2), trained_in_int8=True)
    write_predictions(path, predictions)
    assert read_predictions(path) == predictions
    train = TrainDocument(data=DataSizes(training_samples=9, evaluation_samples=3), network=NETWORK, teacher=NETWORK)
    write_train(path, train)
    assert read_train(path) == train
    write_front(path, front())
    assert read_front(path) == front()
    assert front().trial(3).words == "int8_ptq"


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    """A limit of 100 bytes is read and written as 100, not as 100.0."""
    path = tmp_path / "front.json"
    write_front(path, front())
    before = path.read_bytes()
    write_front(path, read_front(path))
    assert path.read_bytes() == before
    assert json.loads(before)["closest"]["misses"][0]["limit"] == 100 and b"100.0" not in before


def test_a_network_that_was_not_trained_has_no_key(tmp_path: Path) -> None:
    path = tmp_path / "train.json"
    write_train(path, TrainDocument(data=DataSizes(training_samples=9, evaluation_samples=3), network=NETWORK))
    assert set(json.loads(path.read_text())) == {"data", "network"}
    assert read_train(path).teacher is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"classes": ["a"], "trained_in_int8": true}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "predictions.json"
    path.write_text(content)
    with pytest.raises(PackageError, match=r"predictions\.json: not a PredictionsDocument"):
        read_predictions(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"compress\.json"):
        read_compress(tmp_path / "compress.json")
