package render

import (
	"go.yaml.in/yaml/v3"

	"mysqlreplicaset.dev/fn/internal/node"
)

// tlsDirectory is where every container finds the certificates. The scripts know
// it too.
const tlsDirectory = "/etc/mysql/tls"

// setPasswords names the Secret, which the manifests mount as files. Without
// passwords nothing is mounted, and the scripts and the image learn it from the
// image's own variable.
func (s *set) setPasswords(statefulSet *yaml.Node) {
	if !s.Spec.Auth.AllowEmptyPassword {
		node.Set(volume(statefulSet, "auth"), node.String(s.Spec.Auth.SecretName), "secret", "secretName")
		return
	}
	node.RemoveNamed(node.Get(podSpec(statefulSet), "volumes"), "auth")
	for _, c := range containers(statefulSet) {
		node.RemoveNamed(node.Get(c, "volumeMounts"), "auth")
		environment := node.Get(c, "env")
		environment.Content = append(environment.Content,
			node.Map(node.String("name"), node.String("MYSQL_ALLOW_EMPTY_PASSWORD"), node.String("value"), node.Quoted("1")))
	}
}

// setCertificates mounts the TLS Secret wherever a server or a client runs, as
// files that only the pod's user and group can read.
func (s *set) setCertificates(statefulSet *yaml.Node) {
	if s.Spec.TLS.SecretName == "" {
		return
	}
	for _, c := range containers(statefulSet) {
		mounts := node.Get(c, "volumeMounts")
		mounts.Content = append(mounts.Content, node.Map(
			node.String("name"), node.String("tls"),
			node.String("readOnly"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"},
			node.String("mountPath"), node.String(tlsDirectory)))
	}
	volumes := node.Get(podSpec(statefulSet), "volumes")
	mode := node.String("defaultMode")
	mode.HeadComment = "# 0440"
	volumes.Content = append(volumes.Content, node.Map(
		node.String("name"), node.String("tls"),
		node.String("secret"), node.Map(
			mode, node.Int("288"),
			node.String("secretName"), node.String(s.Spec.TLS.SecretName))))
}
