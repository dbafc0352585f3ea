output "role_arns" {
  description = "ARNs of the functions' roles, by function, once their policies are there."
  value       = { for name, role in aws_iam_role.this : name => role.arn }

  # A function that starts before its policy is attached fails its first requests.
  depends_on = [aws_iam_role_policy.this]
}
