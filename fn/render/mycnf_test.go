package render

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

func TestBufferPool(t *testing.T) {
	for _, test := range []struct {
		reason string
		limit  v1alpha1.Quantity
		want   string
	}{
		{"70 % of 512Mi is 358Mi, in whole chunks of 128Mi", "1Gi", "256M"},
		{"70 % of 3584Mi is 2508Mi", "4Gi", "2432M"},
		{"70 % of 63.5Gi", "64Gi", "45440M"},
		{"decimal units", "2G", "896M"},
		{"nothing is left above 512Mi: MySQL's own default, one chunk", "512Mi", "128M"},
		{"less than nothing is left", "300Mi", "128M"},
	} {
		got, ok := bufferPool(v1alpha1.Resources{Limits: map[string]v1alpha1.Quantity{"memory": test.limit}})
		assert.True(t, ok, test.reason)
		assert.Equal(t, test.want, got, test.reason)
	}
	_, ok := bufferPool(v1alpha1.Resources{Requests: map[string]v1alpha1.Quantity{"memory": "4Gi"}})
	assert.False(t, ok, "a request promises memory, it does not bound it")
}
