variable "prefix" {
  description = "Begins every name, so that stages live side by side, for example \"vestibule-dev\"; the metrics' service too."
  type        = string
}

variable "api_name" {
  description = "Name of the REST API."
  type        = string
}

variable "api_stage" {
  description = "Name of the API's stage."
  type        = string
}

variable "functions" {
  description = "Each Lambda function's name, and its timeout in seconds."
  type        = map(number)
}

variable "sweep_function" {
  description = "Name of the function that runs every hour, and whose silence is an alarm."
  type        = string
}

variable "table_name" {
  description = "Name of the DynamoDB table."
  type        = string
}

variable "staging_bucket" {
  description = "Name of the staging bucket."
  type        = string
}

variable "staging_bytes_alarm" {
  description = "Bytes in the staging bucket above which an alarm is raised; 1 TiB if left out."
  type        = number
  default     = 1099511627776
}

variable "alarm_email" {
  description = "Where alarms are mailed, once the owner of the address has followed the link AWS sends; null for nowhere."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "ARN of a KMS key to encrypt the topic, whose policy lets cloudwatch.amazonaws.com Decrypt and GenerateDataKey*; null for none."
  type        = string
  default     = null
}
