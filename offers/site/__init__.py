"""The affiliates' own site: what somebody who logs in for an affiliate sees and may change."""
