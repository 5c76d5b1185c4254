from matchloop_api.store import RunType
from matchloop_api.tasks.kinds import KINDS


def test_every_type_of_run_has_its_code() -> None:
    assert set(KINDS) == set(RunType)
