# One role a function, each with exactly the actions that its flows need: a test takes every one away in turn and shows
# which flow breaks. What a function may do stands in the file of its name.

locals {
  roles = {
    api = {
      description = "What the API may do: sign uploads, verify and freeze staged objects, write rows."
      policy      = data.aws_iam_policy_document.api.json
    }
    render = {
      description = "What the rendering of images may do: read originals, publish renditions, write what became of them."
      policy      = data.aws_iam_policy_document.render.json
    }
    sweep = {
      description = "What the sweep may do: delete what no row needs, purge what was deleted, render what was missed."
      policy      = data.aws_iam_policy_document.sweep.json
    }
  }
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name               = "${var.prefix}-${each.key}"
  description        = each.value.description
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.roles

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = data.aws_iam_policy_document.this[each.key].json
}

data "aws_iam_policy_document" "this" {
  for_each = local.roles

  source_policy_documents = [data.aws_iam_policy_document.every[each.key].json, each.value.policy]
}

# What every function does besides its work.
data "aws_iam_policy_document" "every" {
  for_each = local.roles

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.log_group_arn_prefix}-${each.key}:*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "Encrypted"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  # AWS knows no resource that these two could be held to.
  dynamic "statement" {
    for_each = var.xray ? ["*"] : []

    content {
      sid       = "Trace"
      actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      resources = [statement.value]
    }
  }
}
