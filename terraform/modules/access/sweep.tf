data "aws_iam_policy_document" "sweep" {
  # PutItem: tombstones, and how far the sweep has come. DeleteItem: reminders that have been followed.
  statement {
    sid = "Rows"
    actions = [
      "dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    ]
    resources = [var.table_arn]
  }

  statement {
    sid       = "ListVault"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [var.bucket_arns.vault]
  }

  # Not DeleteObjectVersion: what the sweep deletes, an operator can bring back for a while.
  statement {
    sid       = "Vault"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject"]
    resources = ["${var.bucket_arns.vault}/deliverables/*", "${var.bucket_arns.vault}/images/*"]
  }

  # It renders images whose event was lost.
  statement {
    sid       = "Original"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arns.vault}/images/*"]
  }

  statement {
    sid       = "ListMedia"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arns.media]
  }

  statement {
    sid       = "Renditions"
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["${var.bucket_arns.media}/*"]
  }
}
