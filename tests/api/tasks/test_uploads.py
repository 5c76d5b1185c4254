from __future__ import annotations

from typing import Any

import pytest

from matchloop_api.tasks.uploads import abort_uploads


@pytest.fixture
def s3(moto_s3: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in moto_s3.environment.items():
        monkeypatch.setenv(name, value)
    return moto_s3


def test_uploads_that_nobody_ends_are_aborted_and_others_left_alone(s3: Any) -> None:
    bucket, client = s3.new_bucket(), s3.client()
    for key in ("out/part", "out/part", "out/part-2"):
        client.create_multipart_upload(Bucket=bucket, Key=key)

    assert abort_uploads(f"s3://{bucket}/out/part") == 2

    left = client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == ["out/part-2"]


def test_a_bucket_that_is_not_there_has_no_uploads(s3: Any) -> None:
    assert abort_uploads("s3://no-such-bucket-here/out/part") == 0
