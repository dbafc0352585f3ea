output "api_role_arn" {
  description = "ARN of the API's role, once its policy is there."
  value       = aws_iam_role.api.arn

  # A function that starts before its policy is attached fails its first requests.
  depends_on = [aws_iam_role_policy.api]
}
