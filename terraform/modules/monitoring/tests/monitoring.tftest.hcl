mock_provider "aws" {
  mock_resource "aws_sns_topic" {
    defaults = {
      arn   = "arn:aws:sns:eu-central-1:123456789012:vestibule-dev-alarms"
      owner = "123456789012"
    }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = {
      arn = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:example"
    }
  }
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }
}

variables {
  prefix         = "vestibule-dev"
  api_name       = "vestibule"
  api_stage      = "dev"
  functions      = { vestibule-dev-api = 29, vestibule-dev-render = 90, vestibule-dev-sweep = 900 }
  sweep_function = "vestibule-dev-sweep"
  table_name     = "vestibule-dev-files"
  staging_bucket = "vestibule-dev-staging"
}

run "there_is_an_alarm_for_each_thing_that_breaks" {
  assert {
    condition = toset(keys(local.every_alarm)) == toset([
      "api-errors", "api-latency",
      "lambda-api-errors", "lambda-api-throttles", "lambda-api-duration",
      "lambda-render-errors", "lambda-render-throttles", "lambda-render-duration",
      "lambda-sweep-errors", "lambda-sweep-throttles", "lambda-sweep-duration",
      "table-throttles", "table-system-errors",
      "staging-size",
      "sweep-stopped", "sweep-orphans", "purge-backlog", "renditions-failed",
    ])
    error_message = "These are the alarms: ${join(", ", keys(local.every_alarm))}."
  }
}

run "every_alarm_tells_somebody_when_it_begins_and_when_it_ends" {
  assert {
    condition = alltrue([for alarm in local.every_alarm :
      alarm.alarm_actions == toset([output.topic_arn]) && alarm.ok_actions == toset([output.topic_arn])
    ])
    error_message = "An alarm rings nowhere."
  }
  assert {
    condition     = alltrue([for alarm in local.every_alarm : length(alarm.alarm_description) > 100 && length(alarm.alarm_description) <= 1024])
    error_message = "A description must say what to do, and AWS takes 1024 characters."
  }
}

run "silence_is_no_alarm_but_of_the_sweep" {
  assert {
    condition     = [for name, alarm in local.every_alarm : name if alarm.treat_missing_data != "notBreaching"] == ["sweep-stopped"]
    error_message = "A night without calls would wake somebody."
  }
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["sweep-stopped"].treat_missing_data == "breaching" &&
      aws_cloudwatch_metric_alarm.this["sweep-stopped"].comparison_operator == "LessThanThreshold" &&
      aws_cloudwatch_metric_alarm.this["sweep-stopped"].period * aws_cloudwatch_metric_alarm.this["sweep-stopped"].evaluation_periods == 3 * 3600
    )
    error_message = "A sweep that is never called would be noticed by nobody."
  }
}

run "an_alarm_comes_before_the_timeout" {
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["lambda-api-duration"].threshold == 26100 &&
      aws_cloudwatch_metric_alarm.this["lambda-sweep-duration"].threshold == 810000
    )
    error_message = "The thresholds must be 90 % of the timeouts, in milliseconds."
  }
}

run "metrics_are_those_aws_publishes" {
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["api-errors"].dimensions == tomap({ ApiName = "vestibule", Stage = "dev" }) &&
      aws_cloudwatch_metric_alarm.this["lambda-api-errors"].dimensions == tomap({ FunctionName = "vestibule-dev-api" }) &&
      aws_cloudwatch_metric_alarm.this["lambda-render-errors"].namespace == "AWS/Lambda" &&
      aws_cloudwatch_metric_alarm.this["staging-size"].dimensions == tomap({ BucketName = "vestibule-dev-staging", StorageType = "StandardStorage" })
    )
    error_message = "An alarm on a metric that does not exist never rings."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["staging-size"].period == 86400
    error_message = "S3 measures a bucket once a day."
  }
  assert {
    condition = alltrue([for alarm in aws_cloudwatch_metric_alarm.table : alltrue([
      for query in alarm.metric_query : length(query.metric) == 0 ? query.return_data : (
        query.metric[0].namespace == "AWS/DynamoDB" && toset(keys(query.metric[0].dimensions)) == toset(["TableName", "Operation"])
      )
    ])])
    error_message = "DynamoDB counts throttles and system errors by table and operation."
  }
}

run "the_service_s_own_metrics_are_of_this_stage" {
  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.metric_name if alarm.namespace == "Vestibule" } == {
      sweep-orphans     = "Orphans"
      purge-backlog     = "PurgeBacklog"
      renditions-failed = "RenditionsFailed"
    }
    error_message = "An alarm on a metric that nothing emits never rings."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.dimensions == tomap({ service = "vestibule-dev" }) if alarm.namespace == "Vestibule"])
    error_message = "Two stages would share their metrics."
  }
}

run "staging_may_hold_one_tebibyte_unless_told_otherwise" {
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["staging-size"].threshold == pow(1024, 4)
    error_message = "The default is 1 TiB."
  }
}

run "the_dashboard_shows_every_alarm" {
  assert {
    condition     = length([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget if widget.type == "metric"]) == length(local.every_alarm)
    error_message = "The dashboard and the alarms differ."
  }
  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.region == "eu-central-1"
      if widget.type == "metric"
    ])
    error_message = "A graph looks into the wrong region."
  }
}

run "only_this_account_s_alarms_publish" {
  assert {
    condition = (
      data.aws_iam_policy_document.topic.statement[0].actions == toset(["sns:Publish"]) &&
      one(data.aws_iam_policy_document.topic.statement[0].principals).identifiers == toset(["cloudwatch.amazonaws.com"]) &&
      one(data.aws_iam_policy_document.topic.statement[0].condition).variable == "aws:SourceAccount" &&
      one(data.aws_iam_policy_document.topic.statement[0].condition).values == tolist(["123456789012"])
    )
    error_message = "Others may publish false alarms."
  }
}

run "nobody_is_mailed_by_default" {
  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0
    error_message = "There is no address to mail to."
  }
}

run "alarms_are_mailed_when_asked_for" {
  variables {
    alarm_email = "on-call@shop.example"
  }
  assert {
    condition     = aws_sns_topic_subscription.email[0].endpoint == "on-call@shop.example" && aws_sns_topic_subscription.email[0].protocol == "email"
    error_message = "alarm_email does nothing."
  }
}

run "names_carry_the_prefix" {
  assert {
    condition = alltrue([for name in concat(
      [for alarm in local.every_alarm : alarm.alarm_name],
      [aws_sns_topic.this.name, aws_cloudwatch_dashboard.this.dashboard_name],
    ) : startswith(name, var.prefix)])
    error_message = "Two stages would share a name."
  }
}
