"""What is told of a client's set-up."""

from msgspec.structs import replace

from pxbin_app.client_setup.probe import Probed
from pxbin_app.client_setup.words import result_words
from tests.support.traffic import a_days_requests

ROW = replace(
    a_days_requests(1)[0], outcome="ok", status_code=200, model="glm-4.6", upstream_name="Z.ai", input_tokens=100,
    cache_read_tokens=900, cache_write_5m_tokens=0, cache_write_1h_tokens=0, output_tokens=20, latency_ms=830, cost=None,
)  # fmt: skip


def test_a_test_that_went_well() -> None:
    told, tone = result_words(Probed(record=ROW), testing=False)
    assert told == "It works. glm-4.6 answered by Z.ai · status 200 · 1.0k in, 20 out · 830 ms"
    assert tone == "ok"


def test_a_test_that_failed_tells_its_status() -> None:
    failed = Probed(record=replace(ROW, status_code=404), problem="There is no such model.")
    assert result_words(failed, testing=False) == ("404: There is no such model.", "err")
    assert result_words(Probed(problem="No answer."), testing=False) == ("No answer.", "err")


def test_one_that_runs_and_none() -> None:
    assert result_words(None, testing=True)[1] == "info"
    assert result_words(None, testing=False) == ("", "neutral")
