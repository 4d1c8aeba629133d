// Package render expands a set into the resources that run it: the manifests of
// fn/manifests, edited by one function for each concern.
package render

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/manifests"
	"mysqlreplicaset.dev/fn/mysql"
)

// set is one MySQLReplicaSet on its way to resources, with what follows from it.
type set struct {
	*v1alpha1.MySQLReplicaSet
	dialect mysql.Dialect
	road    manifests.Road
}

// Expand returns the resources of a set: its ConfigMap, its headless Service, its
// read Service, from 8.0 on the Service of its primary, and its StatefulSet, in the
// order in which they are applied. The same set gives the same resources, and the set
// is left as it is.
//
// The error is of the type [v1alpha1.Problems] and has everything that is wrong;
// there are no resources then. Warnings are what an operator should know about a
// set that is right, such as a version without support or an option that is a trade.
func Expand(spec *v1alpha1.MySQLReplicaSet) (resources []*yaml.Node, warnings v1alpha1.Problems, err error) {
	s, problems := complete(spec)
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}

	configMap := manifests.ConfigMap()
	services := []*yaml.Node{manifests.Service(), manifests.ServiceRead()}
	statefulSet := manifests.StatefulSet(s.road)
	if s.road == manifests.Plugin {
		services = append(services, s.primaryService())
	}

	s.fillConfigMap(configMap)
	s.size(statefulSet)
	s.setImages(statefulSet)
	s.setEnvironment(statefulSet)
	s.setResources(statefulSet)
	s.setStorage(statefulSet)
	s.setPasswords(statefulSet)
	s.setCertificates(statefulSet)
	s.setChecksum(statefulSet, configMap)

	s.setNames(configMap, services, statefulSet)
	resources = slices.Concat([]*yaml.Node{configMap}, services, []*yaml.Node{statefulSet})
	for _, resource := range resources {
		s.setMetadata(resource)
	}
	return resources, mysql.Warnings(s.dialect, s.MySQLReplicaSet), nil
}

// Decoded expands what [v1alpha1.Decode] or [v1alpha1.Parse] returned, as [Expand]
// does. Problems of decoding are reported together with what is wrong with the rest.
func Decoded(spec *v1alpha1.MySQLReplicaSet, problems v1alpha1.Problems) (resources []*yaml.Node, warnings v1alpha1.Problems, err error) {
	if len(problems) > 0 {
		_, wrong := complete(spec)
		problems.Merge(wrong)
		return nil, nil, problems
	}
	return Expand(spec)
}

// complete gives a copy of a set its defaults and finds all that is wrong with it.
func complete(spec *v1alpha1.MySQLReplicaSet) (*set, v1alpha1.Problems) {
	completed := spec.DeepCopy()
	completed.Default()
	problems := completed.Validate()
	dialect, wrong := mysql.Check(completed)
	problems.Merge(wrong)
	road := manifests.Plugin
	if dialect.CloneMethod == mysql.XtraBackup {
		road = manifests.XtraBackup
	}
	return &set{completed, dialect, road}, problems
}
