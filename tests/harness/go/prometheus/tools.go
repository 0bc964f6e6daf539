//go:build tools

// Package tools has the Prometheus that the end-to-end tests run, with the discovery of Kubernetes alone: Debian's has
// none.
package tools

import _ "github.com/prometheus/prometheus/cmd/prometheus"
