# One role a function, each with exactly the actions that its flows need: a test takes every one away in turn and shows
# which flow breaks.

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "api" {
  name               = "${var.prefix}-api"
  description        = "What the API may do: sign uploads, verify and freeze staged objects, write rows."
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role_policy" "api" {
  name   = "api"
  role   = aws_iam_role.api.id
  policy = data.aws_iam_policy_document.api.json
}

data "aws_iam_policy_document" "api" {
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.log_group_arn_prefix}-api:*"]
  }

  # TransactWriteItems needs the permissions of what is in it.
  statement {
    sid       = "Rows"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [var.table_arn]
  }

  statement {
    sid       = "ProductsOfASeller"
    actions   = ["dynamodb:Query"]
    resources = ["${var.table_arn}/index/owner-index"]
  }

  # A form can do no more than the role that signed it: PutObject is what step 2 does. DeleteObject hides.
  statement {
    sid       = "Staged"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    resources = ["${var.staging_bucket_arn}/u/*"]
  }

  # For the cap of unfinished uploads; and without it S3 answers 403 instead of 404 for an object that is not there.
  statement {
    sid       = "CountStaged"
    actions   = ["s3:ListBucket"]
    resources = [var.staging_bucket_arn]
  }

  # PutObject is what a copy does here, GetObject what a signed download does. Nothing is deleted by the API.
  statement {
    sid       = "Vault"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.vault_bucket_arn}/deliverables/*", "${var.vault_bucket_arn}/images/*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "Encrypted"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}
