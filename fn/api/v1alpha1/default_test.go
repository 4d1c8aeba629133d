package v1alpha1

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDefault(t *testing.T) {
	full := func(change func(*Spec)) Spec {
		spec := Spec{
			Version:     "9.7",
			Replicas:    new(int32(3)),
			Storage:     Storage{Size: "10Gi", Retention: Retention{WhenDeleted: "Retain", WhenScaled: "Retain"}},
			Resources:   Resources{Requests: map[string]Quantity{"cpu": "500m", "memory": "1Gi"}},
			Auth:        Auth{SecretName: "mysql-auth"},
			Replication: Replication{Primary: new(int32(0)), MaxLagSeconds: new(int32(60))},
			Clone:       Clone{OtherEngines: "Refuse"},
		}
		change(&spec)
		return spec
	}
	tests := []struct {
		reason string
		spec   Spec
		want   Spec
	}{
		{
			reason: "everything has a default, but the images, which the version decides",
			want:   full(func(*Spec) {}),
		},
		{
			reason: "what is given stays",
			spec:   Spec{Version: "5.7", Replicas: new(int32(0)), Storage: Storage{Retention: Retention{WhenScaled: "Delete"}}},
			want: full(func(s *Spec) {
				s.Version, s.Replicas, s.Storage.Retention.WhenScaled = "5.7", new(int32(0)), "Delete"
			}),
		},
		{
			reason: "a limit stands in for a request",
			spec:   Spec{Resources: Resources{Limits: map[string]Quantity{"memory": "512Mi"}}},
			want: full(func(s *Spec) {
				s.Resources = Resources{Requests: map[string]Quantity{"cpu": "500m"}, Limits: map[string]Quantity{"memory": "512Mi"}}
			}),
		},
		{
			reason: "a request of one resource leaves the other's default",
			spec:   Spec{Resources: Resources{Requests: map[string]Quantity{"cpu": "2"}}},
			want:   full(func(s *Spec) { s.Resources.Requests["cpu"] = "2" }),
		},
		{
			reason: "without passwords there is no Secret",
			spec:   Spec{Auth: Auth{AllowEmptyPassword: true}},
			want:   full(func(s *Spec) { s.Auth = Auth{AllowEmptyPassword: true} }),
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			set := &MySQLReplicaSet{Metadata: Metadata{Name: "mysql"}, Spec: tt.spec}
			set.Default()
			assert.Equal(t, tt.want, set.Spec)
			set.Default()
			assert.Equal(t, tt.want, set.Spec, "a second call changes nothing")
		})
	}
	t.Run("without a name there is no name of a Secret", func(t *testing.T) {
		set := new(MySQLReplicaSet)
		set.Default()
		assert.Empty(t, set.Spec.Auth.SecretName)
	})
}
