variable "names" {
  description = "Names of the three buckets. Made by the root, so that roles and bucket policies can name each other."
  type = object({
    staging = string
    vault   = string
    media   = string
  })
}

variable "allowed_origin" {
  description = "The one origin whose pages may send to staging and vault, and read from the vault."
  type        = string
}

variable "role_arns" {
  description = "ARNs of the functions' roles: only api signs uploads into staging, only render and sweep publish."
  type = object({
    api    = string
    render = string
    sweep  = string
  })
}

variable "media_policy_json" {
  description = "Who may read the media bucket, as a policy document: the CDN."
  type        = string
}

variable "kms_key_arn" {
  description = "Key to encrypt with. Null takes S3's own (SSE-S3), which costs nothing and never throttles."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes the files too. Only for stages that hold nothing of worth."
  type        = bool
  default     = false
}
