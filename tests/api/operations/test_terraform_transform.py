"""Terraform itself on an aws_glue_ml_transform, where it and the AWS provider are at hand.

``MATCHLOOP_TERRAFORM_PROVIDERS`` names a folder that ``terraform providers mirror`` filled.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from api.conftest import Server

PLUGINS = os.environ.get("MATCHLOOP_TERRAFORM_PROVIDERS", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed"),
    pytest.mark.skipif(not PLUGINS, reason="MATCHLOOP_TERRAFORM_PROVIDERS is not set"),
]

SETUP: dict[str, Any] = {
    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
    "provider": {
        "aws": {
            "region": "us-east-1",
            "access_key": "AKIDEXAMPLE",
            "secret_key": "secret",
            "skip_credentials_validation": True,
            "skip_metadata_api_check": True,
            "skip_region_validation": True,
            "skip_requesting_account_id": True,
        }
    },
}
TABLE = {
    "name": "people",
    "database_name": "${aws_glue_catalog_database.it.name}",
    "table_type": "EXTERNAL_TABLE",
    "parameters": {"classification": "csv"},
    "storage_descriptor": {
        "location": "s3://any/people/",
        "columns": [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}],
        "ser_de_info": {"parameters": {"field.delim": ","}},
    },
}
TRANSFORM = {
    "name": "dedupe",
    "role_arn": "arn:aws:iam::123456789012:role/any",
    "input_record_tables": {
        "database_name": "${aws_glue_catalog_table.it.database_name}",
        "table_name": "${aws_glue_catalog_table.it.name}",
    },
    "parameters": {
        "transform_type": "FIND_MATCHES",
        "find_matches_parameters": {"primary_key_column_name": "id"},
    },
    "tags": {"team": "data"},
}


class Terraform:
    """A configuration in a folder of its own."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._folder, self._url = folder, server.url
        self._rc = folder / "rc.hcl"
        mirror = f'filesystem_mirror {{\n    path = "{PLUGINS}"\n  }}'
        self._rc.write_text(f"provider_installation {{\n  {mirror}\n}}\n")

    def configure(self, **transform: Any) -> None:
        """Write the configuration, the transform with changes."""
        setup = json.loads(json.dumps(SETUP))
        setup["provider"]["aws"]["endpoints"] = {"glue": self._url}
        setup["resource"] = {
            "aws_glue_catalog_database": {"it": {"name": "tf"}},
            "aws_glue_catalog_table": {"it": TABLE},
            "aws_glue_ml_transform": {"it": TRANSFORM | transform},
        }
        (self._folder / "main.tf.json").write_text(json.dumps(setup))

    def run(self, *words: str) -> tuple[int, str]:
        """Run a command of Terraform and return its exit code and what it said."""
        environ = os.environ | {
            "TF_CLI_CONFIG_FILE": str(self._rc),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }
        done = subprocess.run(
            ["terraform", *words, "-no-color", "-input=false"],
            cwd=self._folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def apply(self, **transform: Any) -> None:
        """Apply a configuration; a plan after it must be empty."""
        self.configure(**transform)
        code, said = self.run("apply", "-auto-approve")
        assert code == 0, said
        code, said = self.run("plan", "-detailed-exitcode")
        assert code == 0, said


def test_what_is_applied_leaves_nothing_to_do(server: Server, tmp_path: Path) -> None:
    (tmp_path / "tf").mkdir()
    terraform = Terraform(tmp_path / "tf", server)
    terraform.configure()
    code, said = terraform.run("init")
    assert code == 0, said
    glue = server.client()

    terraform.apply()
    (first,) = glue.get_ml_transforms()["Transforms"]
    terraform.apply(
        description="changed",
        worker_type="G.1X",
        number_of_workers=2,
        max_retries=1,
        glue_version="2.0",
        tags={"team": "other", "more": "x"},
        parameters={
            "transform_type": "FIND_MATCHES",
            "find_matches_parameters": {
                "primary_key_column_name": "id",
                "precision_recall_trade_off": 0.9,
                "enforce_provided_labels": True,
            },
        },
    )
    (second,) = glue.get_ml_transforms()["Transforms"]

    assert second["TransformId"] == first["TransformId"]
    assert (second["Description"], second["NumberOfWorkers"]) == ("changed", 2)
    arn = f"arn:aws:glue:us-east-1:123456789012:mlTransform/{first['TransformId']}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "other", "more": "x"}
    code, said = terraform.run("destroy", "-auto-approve")
    assert code == 0, said
    assert glue.get_ml_transforms()["Transforms"] == []
    assert glue.get_databases()["DatabaseList"] == []
