package v1alpha1

import "maps"

// DeepCopy returns a copy that shares nothing that can be changed.
func (s *MySQLReplicaSet) DeepCopy() *MySQLReplicaSet {
	c := *s
	c.Metadata.Labels = maps.Clone(s.Metadata.Labels)
	c.Metadata.Annotations = maps.Clone(s.Metadata.Annotations)
	c.Spec.Replicas = clonePointer(s.Spec.Replicas)
	c.Spec.Resources.Requests = maps.Clone(s.Spec.Resources.Requests)
	c.Spec.Resources.Limits = maps.Clone(s.Spec.Resources.Limits)
	for _, options := range []*Options{&c.Spec.Config.Common, &c.Spec.Config.Primary, &c.Spec.Config.Replica} {
		*options = maps.Clone(*options)
		for name, value := range *options {
			(*options)[name] = clonePointer(value)
		}
	}
	c.Spec.Config.Insist = maps.Clone(s.Spec.Config.Insist)
	c.Spec.Replication.Primary = clonePointer(s.Spec.Replication.Primary)
	c.Spec.Replication.MaxLagSeconds = clonePointer(s.Spec.Replication.MaxLagSeconds)
	return &c
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
