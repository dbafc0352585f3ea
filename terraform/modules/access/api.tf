data "aws_iam_policy_document" "api" {
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
    resources = ["${var.bucket_arns.staging}/u/*"]
  }

  # An empty object counts an upload in parts, until it is confirmed or cancelled.
  statement {
    sid       = "Counted"
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["${var.bucket_arns.staging}/m/*"]
  }

  # For the cap of unfinished uploads; and without it S3 answers 403 instead of 404 for an object that is not there.
  statement {
    sid       = "CountStaged"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.staging]
  }

  # PutObject is what a copy does here, GetObject what a signed download does. Nothing is deleted by the API.
  statement {
    sid       = "Vault"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arns.vault}/deliverables/*", "${var.bucket_arns.vault}/images/*"]
  }

  # An upload in parts grows on its final key: what begins, sends and completes it is PutObject, too.
  statement {
    sid       = "Parts"
    actions   = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.bucket_arns.vault}/deliverables/*"]
  }
}
