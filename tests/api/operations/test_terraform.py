"""Terraform itself against the live server: apply, no difference, change, no difference, destroy.

Skipped without ``terraform`` on the path and its AWS provider in the folder that
``MATCHLOOP_TERRAFORM_PROVIDERS`` names, which ``terraform providers mirror`` filled.
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

MIRROR = os.environ.get("MATCHLOOP_TERRAFORM_PROVIDERS", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed"),
    pytest.mark.skipif(not MIRROR, reason="MATCHLOOP_TERRAFORM_PROVIDERS names no folder"),
]

CONFIGURATION = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "url" {}
variable "text" {}
variable "skip_account" {}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "x"
  secret_key                  = "y"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = var.skip_account
  endpoints {
    glue = var.url
    sts  = var.url
  }
}
resource "aws_glue_catalog_database" "shop" {
  name        = "shop"
  description = var.text
  tags        = { text = var.text }
}
resource "aws_glue_catalog_table" "people" {
  name          = "people"
  database_name = aws_glue_catalog_database.shop.name
  description   = var.text
  table_type    = "EXTERNAL_TABLE"
  parameters    = { classification = "csv" }
  storage_descriptor {
    location = "s3://bucket/people/"
    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
      parameters            = { separatorChar = "," }
    }
    columns {
      name = "id"
      type = "string"
    }
    columns {
      name    = "name"
      type    = "string"
      comment = "a comment"
    }
  }
  partition_keys {
    name = "year"
    type = "int"
  }
  partition_index {
    index_name = "by_year"
    keys       = ["year"]
  }
}
resource "aws_glue_catalog_table" "least" {
  name          = "least"
  database_name = aws_glue_catalog_database.shop.name
  table_type    = "EXTERNAL_TABLE"
  storage_descriptor {
    location = "s3://any/people/"
    ser_de_info {
      parameters = { "field.delim" = "," }
    }
    columns {
      name = "id"
      type = "int"
    }
  }
}
resource "aws_glue_crawler" "look" {
  name          = "look"
  role          = "arn:aws:iam::123456789012:role/any"
  database_name = aws_glue_catalog_database.shop.name
  description   = var.text
  schedule      = "cron(15 12 * * ? *)"
  s3_target {
    path       = "s3://bucket/in/"
    exclusions = ["*.txt"]
  }
  tags = { text = var.text }
}
resource "aws_glue_ml_transform" "dedupe" {
  name     = "dedupe"
  role_arn = "arn:aws:iam::123456789012:role/any"
  input_record_tables {
    database_name = aws_glue_catalog_table.people.database_name
    table_name    = aws_glue_catalog_table.people.name
  }
  parameters {
    transform_type = "FIND_MATCHES"
    find_matches_parameters {
      primary_key_column_name = "id"
    }
  }
  tags = { text = var.text }
}
resource "aws_glue_job" "match" {
  name              = "match"
  role_arn          = "arn:aws:iam::123456789012:role/any"
  description       = var.text
  glue_version      = "2.0"
  worker_type       = "G.1X"
  number_of_workers = 2
  timeout           = 60
  max_retries       = 1
  execution_property {
    max_concurrent_runs = 2
  }
  command {
    script_location = "builtin:find-matches"
  }
  default_arguments = {
    "--TransformId" = aws_glue_ml_transform.dedupe.id
    "--OutputPath"  = "s3://bucket/out/"
  }
  tags = { text = var.text }
}
resource "aws_glue_job" "least" {
  name     = "least"
  role_arn = "arn:aws:iam::123456789012:role/any"
  command {
    script_location = "s3://bucket/script.py"
  }
}
"""


class Terraform:
    """The configuration in a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "main.tf").write_text(CONFIGURATION, encoding="utf-8")
        settings = folder / "terraformrc"
        settings.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n  }}\n}}\n',
            encoding="utf-8",
        )
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_VAR_url": url,
            "TF_IN_AUTOMATION": "1",
        }
        self.set(text="one", skip_account=True)
        self._run("init")

    def set(self, *, text: str, skip_account: bool) -> None:
        """Set the variables of the configuration."""
        self._environ["TF_VAR_text"] = text
        self._environ["TF_VAR_skip_account"] = str(skip_account).lower()

    def change(self, **transform: Any) -> None:
        """Change the transform's block."""
        changed = {"resource": {"aws_glue_ml_transform": {"dedupe": transform}}}
        (self._folder / "override.tf.json").write_text(json.dumps(changed), encoding="utf-8")

    def apply(self) -> None:
        """Apply the configuration; a plan after it must be empty."""
        self._run("apply", "-auto-approve")
        self._run("plan", "-detailed-exitcode")

    def destroy(self) -> None:
        """Take everything away."""
        self._run("destroy", "-auto-approve")

    def _run(self, *words: str) -> None:
        done = subprocess.run(
            ["terraform", *words, "-no-color", "-input=false"],
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def terraform(server: Server, tmp_path: Path) -> Terraform:
    return Terraform(tmp_path / "terraform", server.url)


@pytest.mark.parametrize("skip_account", [True, False])
def test_what_terraform_makes_is_what_it_reads_back(
    terraform: Terraform, skip_account: bool, glue: Any
) -> None:
    terraform.set(text="one", skip_account=skip_account)
    terraform.apply()
    (first,) = glue.get_ml_transforms()["Transforms"]
    terraform.set(text="two", skip_account=skip_account)
    terraform.change(
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
    terraform.apply()
    (second,) = glue.get_ml_transforms()["Transforms"]

    assert glue.get_crawler(Name="look")["Crawler"]["Description"] == "two"
    assert second["TransformId"] == first["TransformId"]
    assert (second["Description"], second["NumberOfWorkers"]) == ("changed", 2)
    assert second["Parameters"]["FindMatchesParameters"]["PrecisionRecallTradeoff"] == 0.9
    arn = f"arn:aws:glue:us-east-1:123456789012:mlTransform/{first['TransformId']}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "other", "more": "x"}
    terraform.destroy()
    assert glue.get_ml_transforms()["Transforms"] == []
    assert glue.get_databases()["DatabaseList"] == []
    assert glue.list_jobs()["JobNames"] == []
