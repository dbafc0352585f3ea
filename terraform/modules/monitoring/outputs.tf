output "topic_arn" {
  description = "ARN of the topic of all alarms; subscribe what should wake somebody."
  value       = aws_sns_topic.this.arn
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
