variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "table_arn" {
  description = "ARN of the table."
  type        = string
}

variable "bucket_arns" {
  description = "ARNs of the three buckets."
  type = object({
    staging = string
    vault   = string
    media   = string
  })
}

variable "log_group_arn_prefix" {
  description = "ARN of the functions' log groups up to the stage's prefix."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that buckets and table are encrypted with, if it is not AWS's own."
  type        = string
  default     = null
}

variable "xray" {
  description = "Whether the functions may send traces."
  type        = bool
  default     = false
}
