variable "name" {
  description = "Name of the table."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted."
  type        = bool
  default     = true
}

variable "max_read_request_units" {
  description = "Ceiling of reads per second, against a runaway bill. -1 has none."
  type        = number
  default     = 4000
}

variable "max_write_request_units" {
  description = "Ceiling of writes per second, against a runaway bill. -1 has none."
  type        = number
  default     = 2000
}

variable "kms_key_arn" {
  description = "Key to encrypt with. Null takes DynamoDB's own."
  type        = string
  default     = null
}
