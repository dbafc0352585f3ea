variable "prefix" {
  description = "Begins every name, so that stages live side by side, for example \"vestibule-dev\"."
  type        = string
}

variable "bucket_name" {
  description = "Name of the bucket that holds the built page."
  type        = string
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with the page in it. `make deploy` can always put it there again."
  type        = bool
  default     = true
}

variable "places" {
  description = "URLs or origins that the page calls: the API, Cognito, the two buckets that it sends to and downloads from, and the CDN of the images."
  type = object({
    api     = string
    cognito = string
    staging = string
    vault   = string
    media   = string
  })

  validation {
    condition     = alltrue([for url in values(var.places) : can(regex("^https://[^/*]+", url))])
    error_message = "Every place is a URL with https and a host, without wildcard."
  }
}

variable "aliases" {
  description = "Host names of the distribution; need certificate_arn."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.aliases) == 0 || var.certificate_arn != null
    error_message = "aliases need certificate_arn: CloudFront's own certificate does not name them."
  }
}

variable "certificate_arn" {
  description = "ARN of an ACM certificate in us-east-1 that names every alias; null for CloudFront's own."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex(":acm:us-east-1:", var.certificate_arn))
    error_message = "certificate_arn must be of us-east-1: CloudFront looks nowhere else."
  }
}

variable "price_class" {
  description = "From which parts of the world CloudFront serves: PriceClass_100, PriceClass_200 or PriceClass_All."
  type        = string
  default     = "PriceClass_100"
}

variable "web_acl_arn" {
  description = "ARN of a WAFv2 web ACL of scope CLOUDFRONT; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex(":global/webacl/", var.web_acl_arn))
    error_message = "web_acl_arn must be a web ACL of scope CLOUDFRONT."
  }
}
