# Without a key of the customer's the topic is not encrypted: CloudWatch may not use the AWS-managed alias/aws/sns, and
# every alarm would be lost in silence. What travels here is names and numbers.
resource "aws_sns_topic" "this" {
  name              = "${var.prefix}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [aws_sns_topic.this.owner]
    }
  }
}

resource "aws_sns_topic_subscription" "email" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  # Shares (Average of 0 and 1) and percentiles rather than counts, so that one threshold suits ten calls a day and a
  # million an hour.
  api_alarms = {
    api-errors = {
      description         = "More than 1 % of API calls are answered 5XX. 503 alone: S3 or DynamoDB is failing or throttling; see the table's alarms and the AWS Health dashboard. 500: a bug; find the request_id in the log of the API's function. Roll back if it began with a deployment."
      namespace           = "AWS/ApiGateway"
      metric_name         = "5XXError"
      dimensions          = local.api_dimensions
      statistic           = "Average"
      threshold           = 0.01
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    api-latency = {
      description         = "1 % of API calls take more than 5 seconds, for 15 minutes. See which call is slow in the trace: S3, DynamoDB, or the function's start. Many cold starts: raise memory or provision concurrency. Slow confirms of very large multipart uploads are S3 joining the parts."
      namespace           = "AWS/ApiGateway"
      metric_name         = "Latency"
      dimensions          = local.api_dimensions
      extended_statistic  = "p99"
      threshold           = 5000
      evaluation_periods  = 3
      datapoints_to_alarm = 3
    }
  }

  function_alarms = merge([for name, timeout in var.functions : {
    "lambda-${local.labels[name]}-errors" = {
      description = "More than 1 % of the runs of ${name} fail: an exception nobody caught, no memory, or the timeout of ${timeout} s. Read its log from the time of the alarm; a failed event is tried twice again. Roll back if it began with a deployment."
      metric_name = "Errors"
      dimensions  = { FunctionName = name }
      statistic   = "Average"
      threshold   = 0.01
    }
    "lambda-${local.labels[name]}-throttles" = {
      description         = "${name} is refused runs, and not for a moment only: its reserved concurrency or the account's is used up. See ConcurrentExecutions; find who calls so much, or raise the reservation or the account's quota."
      metric_name         = "Throttles"
      dimensions          = { FunctionName = name }
      statistic           = "Sum"
      threshold           = 0
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    "lambda-${local.labels[name]}-duration" = {
      description        = "1 % of the runs of ${name} take more than 90 % of its timeout of ${timeout} s; soon they will be cut off. See the slow call in its trace; give it more memory (and so more CPU), less work a run, or a longer timeout."
      metric_name        = "Duration"
      dimensions         = { FunctionName = name }
      extended_statistic = "p99"
      threshold          = timeout * 900 # milliseconds
    }
  }]...)

  staging_alarms = {
    staging-size = {
      description = "The staging bucket holds more than ${var.staging_bytes_alarm} bytes. Everything in it should be gone within 3 days: see that its lifecycle rules are there and enabled, then whether someone uploads much and never confirms (list by prefix u/<sub>/), and block that user."
      namespace   = "AWS/S3"
      metric_name = "BucketSizeBytes"
      dimensions  = { BucketName = var.staging_bucket, StorageType = "StandardStorage" }
      statistic   = "Maximum"
      threshold   = var.staging_bytes_alarm
      period      = 86400 # S3 measures once a day
    }
  }

  background_alarms = {
    sweep-stopped = {
      description         = "The sweep has not run for 3 hours; it should every hour. Nothing is lost, but what was deleted is not purged, and images whose event was lost wait. See that the rule ${var.prefix}-sweep is there and enabled, that it may invoke ${var.sweep_function}, and that the account has concurrency left. A stage that was just made rings until its first run."
      namespace           = "AWS/Lambda"
      metric_name         = "Invocations"
      dimensions          = { FunctionName = var.sweep_function }
      statistic           = "Sum"
      comparison_operator = "LessThanThreshold"
      threshold           = 1
      period              = 3600
      evaluation_periods  = 3
      datapoints_to_alarm = 3
      treat_missing_data  = "breaching" # a function that is not called has no such metric
    }
    sweep-orphans = {
      description = "The sweep met more than 100 orphans in an hour: objects of the vault that no row refers to. A few are normal: confirms that died. So many mean that confirms keep failing after the copy (see api-errors, and the API's log of the day before), or that the table has lost rows, for instance by a restore: then set sweep_report_only = true and deploy at once, look with `make sweep-report`, and bring back what was deleted from the bucket's noncurrent versions, which are kept for 30 days."
      metric_name = "Orphans"
      statistic   = "Sum"
      threshold   = 100
      period      = 3600
    }
    purge-backlog = {
      description         = "For 3 hours more than 10,000 files have waited to be purged: the sweep does not keep up, or fails. Read its log: exhausted means that it ran out of time or of deletions (raise sweep_max_deletions, or its memory); failed says which files. See that sweep_report_only is not left on. Until then nothing is lost, but storage is paid for and quotas are not given back."
      metric_name         = "PurgeBacklog"
      statistic           = "Maximum"
      threshold           = 10000
      period              = 3600
      evaluation_periods  = 3
      datapoints_to_alarm = 3
    }
    renditions-failed = {
      description = "More than 20 images in an hour could not be rendered; their sellers see why. Find \"cannot be rendered\" and \"the decoder gave up\" in the log of render. From one seller: damaged files, or an attack on the decoder; block that user. From many, or since a deployment: libvips lost a format or the function is short of memory; roll back."
      metric_name = "RenditionsFailed"
      statistic   = "Sum"
      threshold   = 20
      period      = 3600
    }
  }

  alarms = merge(
    local.api_alarms,
    { for name, alarm in local.function_alarms : name => merge({ namespace = "AWS/Lambda" }, alarm) },
    local.staging_alarms,
    { for name, alarm in local.background_alarms : name => merge({ namespace = "Vestibule", dimensions = local.service_dimensions }, alarm) },
  )

  # DynamoDB counts these by operation only. A batch counts as throttled when all of it is.
  table_alarms = {
    table-throttles = {
      description = "DynamoDB refuses requests to ${var.table_name}, and not for a moment only. At the table's or the index's cap: find who calls so much, or raise the cap. Below it: one hot key; see CloudWatch Contributor Insights for the table."
      metric_name = "ThrottledRequests"
    }
    table-system-errors = {
      description = "DynamoDB itself fails for ${var.table_name}. Nothing is lost: clients are answered 503 and repeat. See the AWS Health dashboard; if it lasts, open a case with AWS."
      metric_name = "SystemErrors"
    }
  }
  table_operations = ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"]

  api_dimensions = { ApiName = var.api_name, Stage = var.api_stage }

  # Of the service's own metrics: chalicelib/telemetry.py.
  service_dimensions = { service = var.prefix }

  # "vestibule-dev-sweep" is "sweep".
  labels = { for name, _ in var.functions : name => trimprefix(name, "${var.prefix}-") }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric_name
  dimensions          = each.value.dimensions
  statistic           = try(each.value.statistic, null)
  extended_statistic  = try(each.value.extended_statistic, null)
  period              = try(each.value.period, 300)
  evaluation_periods  = try(each.value.evaluation_periods, 1)
  datapoints_to_alarm = try(each.value.datapoints_to_alarm, 1)
  comparison_operator = try(each.value.comparison_operator, "GreaterThanThreshold")
  threshold           = each.value.threshold

  # These metrics are absent when nothing is called, or the bucket is empty: no news is good news, but of the sweep.
  treat_missing_data = try(each.value.treat_missing_data, "notBreaching")

  alarm_actions = [aws_sns_topic.this.arn]
  ok_actions    = [aws_sns_topic.this.arn]
}

resource "aws_cloudwatch_metric_alarm" "table" {
  for_each = local.table_alarms

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.description
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10 # in 5 minutes; retries absorb a few

  # DynamoDB publishes these metrics only when they are not zero.
  treat_missing_data = "notBreaching"

  metric_query {
    id          = "total"
    expression  = "SUM(METRICS())"
    label       = each.value.metric_name
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.table_operations

    content {
      id = lower(metric_query.value)

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = each.value.metric_name
        dimensions  = { TableName = var.table_name, Operation = metric_query.value }
        stat        = "Sum"
        period      = 300
      }
    }
  }

  alarm_actions = [aws_sns_topic.this.arn]
  ok_actions    = [aws_sns_topic.this.arn]
}

locals {
  every_alarm = merge(aws_cloudwatch_metric_alarm.this, aws_cloudwatch_metric_alarm.table)

  # From the ARN: no attribute of data.aws_region is free of deprecation in both provider 5 and 6.
  region = element(split(":", aws_sns_topic.this.arn), 3)
}

# Each graph is drawn from its alarm, threshold included, so the two cannot drift apart.
resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        width      = 24
        height     = 3
        properties = { title = "Alarms", alarms = [for alarm in local.every_alarm : alarm.arn] }
      }],
      [for name, alarm in local.every_alarm : {
        type   = "metric"
        width  = 8
        height = 6
        properties = {
          title       = name
          region      = local.region
          view        = "timeSeries"
          annotations = { alarms = [alarm.arn] }
        }
      }],
    )
  })
}
