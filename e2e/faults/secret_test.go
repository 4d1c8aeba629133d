package faults

import (
	"crypto/rand"
	"encoding/json"
	randv2 "math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"mysqlreplicaset.dev/e2e/harness"
)

// removeSecret: any pod is deleted while the Secret is gone.
func removeSecret(t *testing.T, s *subject, random *randv2.Rand) int {
	secret := s.secret(t)
	s.Namespace.Kubectl(t, "delete", "secret", secret.Name)
	s.KillPods(t, s.anyPod(random))
	sleep(t, random, 15*time.Second)
	s.put(t, "create", secret)
	return 1
}

// spoilSecret: any pod is deleted while one of the passwords is wrong. Once it is right
// again, kubelet tells the pod within two minutes.
func spoilSecret(t *testing.T, s *subject, random *randv2.Rand) int {
	key := []string{"root-password", "replication-password"}[random.IntN(2)]
	before, wrong := s.secret(t), s.secret(t)
	wrong.Data[key] = []byte("wrong " + rand.Text())
	s.put(t, "replace", wrong)
	t.Logf("%s is wrong", key)
	s.KillPods(t, s.anyPod(random))
	sleep(t, random, 15*time.Second)
	s.put(t, "replace", before)
	return 1
}

// changeSecret: the way to change a password.
func changeSecret(t *testing.T, s *subject, random *randv2.Rand) int {
	secret := s.secret(t)
	secret.Data["replication-password"] = []byte(rand.Text())
	s.put(t, "replace", secret)
	sleep(t, random, 5*time.Second)
	s.Namespace.Kubectl(t, "rollout", "restart", "statefulset", s.Name)
	return 1
}

// secret is the set's, as one would write it.
func (s *subject) secret(t *testing.T) corev1.Secret {
	t.Helper()
	stored := harness.Get[corev1.Secret](t, s.Namespace, "secret", s.Name+"-auth")
	return corev1.Secret{
		TypeMeta:   stored.TypeMeta,
		ObjectMeta: metav1.ObjectMeta{Name: stored.Name},
		Data:       stored.Data,
	}
}

// put writes a Secret, with the verb create or replace.
func (s *subject) put(t *testing.T, verb string, secret corev1.Secret) {
	t.Helper()
	text, err := json.Marshal(secret)
	require.NoError(t, err)
	_, err = s.Namespace.Try(string(text), verb, "--filename=-")
	require.NoError(t, err)
}
