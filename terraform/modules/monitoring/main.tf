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

  alarms = merge(
    local.api_alarms,
    { for name, alarm in local.function_alarms : name => merge({ namespace = "AWS/Lambda" }, alarm) },
    local.staging_alarms,
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

  # "vestibule-dev-sweep" is "sweep"; "vestibule-dev", as Chalice names the function of the API, is "api".
  labels = { for name, _ in var.functions : name => coalesce(trimprefix(trimprefix(name, var.prefix), "-"), "api") }
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
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold

  # Every one of these metrics is absent when nothing is called, or the bucket is empty: no news is good news.
  treat_missing_data = "notBreaching"

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
