// Every ML and tag operation by the AWS SDK for JavaScript v3, against a live server.
// node find_matches.mjs URL FOLDER; the packages are those of the folder MATCHLOOP_JAVASCRIPT.
// Prints one line of JSON: the operations that succeeded, and the errors that were recognised.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const require = createRequire(join(resolve(process.env.MATCHLOOP_JAVASCRIPT), "package.json"));
const sdk = require("@aws-sdk/client-glue");
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");

const [endpoint, folder] = process.argv.slice(2);
const options = {
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "any", secretAccessKey: "any" },
  maxAttempts: 1,
};
const glue = new sdk.GlueClient(options);
const truth = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8"));
const place = `file://${folder}`;
const succeeded = [];
const failed = {};

async function call(operation, members = {}) {
  const answer = await glue.send(new sdk[`${operation}Command`](members));
  assert.equal(answer.$metadata.httpStatusCode, 200);
  assert.equal(answer.$metadata.attempts, 1);
  assert.match(answer.$metadata.requestId, /^[0-9a-f-]{36}$/);
  succeeded.push(operation);
  return answer;
}

async function refused(operation, members, name, text) {
  const error = await glue.send(new sdk[`${operation}Command`](members)).then(
    () => assert.fail(`${operation} was not refused`),
    (one) => one,
  );
  assert.ok(error instanceof sdk[name], `${operation}: ${error.name}: ${error.message}`);
  assert.equal(error.name, name);
  assert.equal(error.$fault, "client");
  assert.equal(error.$metadata.httpStatusCode, 400);
  assert.match(error.message, text);
  (failed[operation] ??= []).push(name);
}

async function finished(TransformId, { TaskRunId }) {
  for (;;) {
    const run = await call("GetMLTaskRun", { TransformId, TaskRunId });
    if (!["STARTING", "RUNNING", "STOPPING"].includes(run.Status)) {
      assert.equal(run.Status, "SUCCEEDED", run.ErrorString);
      assert.ok(run.StartedOn instanceof Date && run.CompletedOn >= run.StartedOn);
      return run;
    }
    await pause(100);
  }
}

// a CSV without quoted fields, as this table's is
function label(from, to) {
  const [head, ...lines] = readFileSync(from, "utf8").trim().split("\n");
  const key = head.split(",").indexOf("id");
  const answered = lines.map((line) => {
    const fields = line.split(",");
    fields[1] = truth[fields[key]];
    return fields.join(",");
  });
  writeFileSync(to, [head, ...answered, ""].join("\n"));
  return lines.length;
}

const only = (name) => join(folder, name, readdirSync(join(folder, name))[0]);

const identity = await new STSClient(options).send(new GetCallerIdentityCommand({}));
assert.equal(identity.Account, "123456789012");

const [head] = readFileSync(join(folder, "people/people.csv"), "utf8").split("\n");
await call("CreateDatabase", { DatabaseInput: { Name: "demo" } });
await call("CreateTable", {
  DatabaseName: "demo",
  TableInput: {
    Name: "people",
    Parameters: { classification: "csv", "skip.header.line.count": "1" },
    StorageDescriptor: {
      Location: `${place}/people/`,
      Columns: head.split(",").map((Name) => ({ Name, Type: "string" })),
    },
  },
});
const transform = {
  Name: "people",
  Role: "any",
  InputRecordTables: [{ DatabaseName: "demo", TableName: "people" }],
  Parameters: {
    TransformType: "FIND_MATCHES",
    FindMatchesParameters: { PrimaryKeyColumnName: "id", PrecisionRecallTradeoff: 0.5 },
  },
  Tags: { team: "été" },
};
const { TransformId } = await call("CreateMLTransform", transform);
assert.match(TransformId, /^tfm-[0-9a-f]{40}$/);
await refused("CreateMLTransform", transform, "AlreadyExistsException", /^Transform with name/);
await refused(
  "CreateMLTransform",
  { ...transform, Name: "other", InputRecordTables: [] },
  "InvalidInputException",
  /^An AWS Glue Table input source should be specified in transform\.$/,
);

const got = await call("GetMLTransform", { TransformId });
assert.ok(got.CreatedOn instanceof Date);
assert.equal(got.Status, "NOT_READY");
assert.deepEqual(got.Parameters, transform.Parameters);
await call("UpdateMLTransform", { TransformId, Description: "персоны" });
assert.equal((await call("GetMLTransform", { TransformId })).Description, "персоны");

const second = await call("CreateMLTransform", { ...transform, Name: "second", Tags: {} });
const page = await call("GetMLTransforms", {
  Filter: { CreatedAfter: new Date(2020, 0, 1), TransformType: "FIND_MATCHES" },
  Sort: { Column: "NAME", SortDirection: "ASCENDING" },
  MaxResults: 1,
});
assert.deepEqual(page.Transforms.map((one) => one.Name), ["people"]);
const ids = [];
for await (const one of sdk.paginateListMLTransforms({ client: glue, pageSize: 1 }, {})) {
  ids.push(...one.TransformIds);
}
assert.deepEqual(new Set(ids), new Set([TransformId, second.TransformId]));
const tagged = await call("ListMLTransforms", { Tags: { team: "été" } });
assert.deepEqual(tagged.TransformIds, [TransformId]);
const token = { NextToken: "no token of this server" };
await refused("GetMLTransforms", token, "InvalidInputException", /NextToken/i);
await refused("ListMLTransforms", token, "InvalidInputException", /NextToken/i);

const ResourceArn = `arn:aws:glue:us-east-1:123456789012:mlTransform/${TransformId}`;
await call("TagResource", { ResourceArn, TagsToAdd: { stage: "test" } });
await call("UntagResource", { ResourceArn, TagsToRemove: ["team"] });
assert.deepEqual((await call("GetTags", { ResourceArn })).Tags, { stage: "test" });

const notReady = /^This operation can only be applied to a transform that is in a READY state\.$/;
const evaluation = { TransformId };
await refused("StartMLEvaluationTaskRun", evaluation, "MLTransformNotReadyException", notReady);
const out = { TransformId, OutputS3Path: `${place}/exported/` };
await refused("StartExportLabelsTaskRun", out, "EntityNotFoundException", /^No labelset exists/);

await finished(
  TransformId,
  await call("StartMLLabelingSetGenerationTaskRun", {
    TransformId,
    OutputS3Path: `${place}/questions/`,
  }),
);
const count = label(only("questions"), join(folder, "labels.csv"));
const imported = { TransformId, InputS3Path: `${place}/labels.csv`, ReplaceAllLabels: true };
const run = await finished(TransformId, await call("StartImportLabelsTaskRun", imported));
assert.equal(run.Properties.TaskType, "IMPORT_LABELS");
assert.equal(run.Properties.ImportLabelsTaskRunProperties.Replace, true);
await finished(TransformId, await call("StartMLEvaluationTaskRun", evaluation));
const taught = await call("GetMLTransform", { TransformId });
assert.deepEqual([taught.Status, taught.LabelCount], ["READY", count]);
const metrics = taught.EvaluationMetrics.FindMatchesMetrics;
assert.equal(typeof metrics.F1, "number");
assert.ok(Number.isInteger(metrics.ConfusionMatrix.NumTruePositives));
await finished(TransformId, await call("StartExportLabelsTaskRun", out));
assert.equal(readFileSync(only("exported"), "utf8").trim().split("\n").length, count + 1);

const runs = await call("GetMLTaskRuns", {
  TransformId,
  Filter: { Status: "SUCCEEDED", StartedAfter: got.CreatedOn },
  Sort: { Column: "STARTED", SortDirection: "ASCENDING" },
});
assert.deepEqual(
  runs.TaskRuns.map((one) => one.Properties.TaskType),
  ["LABELING_SET_GENERATION", "IMPORT_LABELS", "EVALUATION", "EXPORT_LABELS"],
);
const { TaskRunId } = await call("StartMLEvaluationTaskRun", evaluation);
const cancelled = await call("CancelMLTaskRun", { TransformId, TaskRunId });
assert.ok(["STOPPING", "STOPPED"].includes(cancelled.Status), cancelled.Status);
assert.equal(cancelled.TaskRunId, TaskRunId);

await call("DeleteMLTransform", { TransformId });
const gone = /^Cannot find MLTransform in account 123456789012 with handle tfm-/;
const missing = {
  GetMLTransform: {},
  UpdateMLTransform: { Description: "gone" },
  DeleteMLTransform: {},
  StartMLLabelingSetGenerationTaskRun: { OutputS3Path: place },
  StartImportLabelsTaskRun: { InputS3Path: `${place}/labels.csv` },
  StartExportLabelsTaskRun: { OutputS3Path: place },
  StartMLEvaluationTaskRun: {},
  GetMLTaskRun: { TaskRunId },
  GetMLTaskRuns: {},
  CancelMLTaskRun: { TaskRunId },
};
for (const [operation, members] of Object.entries(missing)) {
  await refused(operation, { TransformId, ...members }, "EntityNotFoundException", gone);
}
for (const [operation, members] of [
  ["TagResource", { TagsToAdd: { a: "b" } }],
  ["UntagResource", { TagsToRemove: ["a"] }],
  ["GetTags", {}],
]) {
  await refused(operation, { ResourceArn, ...members }, "EntityNotFoundException", /tfm-/);
}
console.log(JSON.stringify({ succeeded: [...new Set(succeeded)], failed }));
