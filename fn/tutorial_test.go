package fn_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"mysqlreplicaset.dev/fn/render"
)

// The tutorial's set is the page's own. Each difference is made equal here, one by
// one, and stands in bases/tutorial/README.md with its reason; nothing else differs.
func TestTutorialIsThePage(t *testing.T) {
	page, err := os.ReadFile("../testdata/tutorial/page.yaml")
	require.NoError(t, err)
	theirs := decodeStrictly(t, string(page))
	ours := decodeStrictly(t, run(t, exec.Command(program, "../testdata/tutorial/set.yaml")).stdout)
	require.Len(t, ours, len(theirs))

	for _, object := range ours {
		resource := object.(metav1.Object)
		assert.Equal(t, map[string]string{render.OwnerAnnotation: "mysql"}, resource.GetAnnotations())
		resource.SetAnnotations(nil)
	}

	configMap := ours[0].(*corev1.ConfigMap)
	for key := range configMap.Data {
		if strings.HasSuffix(key, ".sh") {
			delete(configMap.Data, key) // shell, in files of its own
		}
	}
	for _, role := range []string{"primary", "replica"} {
		text := configMap.Data[role+".cnf"]
		comment, _, _ := strings.Cut(theirs[0].(*corev1.ConfigMap).Data[role+".cnf"], "\n")
		assert.True(t, strings.HasPrefix(text, comment+"\n[mysqld]\n"), text)
		configMap.Data[role+".cnf"] = theirs[0].(*corev1.ConfigMap).Data[role+".cnf"] // and more options
	}
	assert.Contains(t, run(t, exec.Command(program, "../testdata/tutorial/set.yaml")).stdout, "\n    log_bin=binlog\n")

	headless := ours[1].(*corev1.Service)
	assert.True(t, headless.Spec.PublishNotReadyAddresses)
	headless.Spec.PublishNotReadyAddresses = false

	statefulSet, original := ours[3].(*appsv1.StatefulSet), theirs[3].(*appsv1.StatefulSet)
	assert.Len(t, statefulSet.Spec.Template.Annotations, 1, "the checksum")
	statefulSet.Spec.Template.Annotations = nil
	pod, originalPod := &statefulSet.Spec.Template.Spec, &original.Spec.Template.Spec

	every := func(s *corev1.PodSpec) (all []*corev1.Container) {
		for i := range s.InitContainers {
			all = append(all, &s.InitContainers[i])
		}
		for i := range s.Containers {
			all = append(all, &s.Containers[i])
		}
		return all
	}
	allOurs, allTheirs := every(pod), every(originalPod)
	require.Len(t, allOurs, len(allTheirs))
	for i, c := range allOurs {
		original := allTheirs[i]
		assert.Equal(t, original.Name, c.Name, "the same containers, in the same order")
		if c.Command != nil {
			assert.Equal(t, "bash", c.Command[0])
		}
		c.Command, original.Command = nil, nil // a script of the ConfigMap
		assert.Equal(t, corev1.EnvVar{Name: "POD_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}, c.Env[0])
		assert.Contains(t, c.Env, corev1.EnvVar{Name: "MYSQL_ALLOW_EMPTY_PASSWORD", Value: "1"})
		c.Env, original.Env = nil, nil // what the scripts ask for
		assert.Equal(t, corev1.TerminationMessageFallbackToLogsOnError, c.TerminationMessagePolicy)
		c.TerminationMessagePolicy = ""
	}
	const (
		initMySQL = iota
		cloneMySQL
		mysql
	)
	assert.Equal(t, []corev1.VolumeMount{{Name: "data", MountPath: "/mnt/data"}, {Name: "conf", MountPath: "/etc/mysql/conf.d"}, {Name: "config-map", MountPath: "/mnt/config-map"}},
		allOurs[initMySQL].VolumeMounts, "it may have to initialise the database")
	assert.Equal(t, []corev1.VolumeMount{{Name: "data", MountPath: "/mnt/data"}, {Name: "conf", MountPath: "/etc/mysql/conf.d"}},
		allOurs[cloneMySQL].VolumeMounts, "it works beside the data directory")
	for _, i := range []int{initMySQL, cloneMySQL} {
		allOurs[i].VolumeMounts = allTheirs[i].VolumeMounts
	}
	assert.NotNil(t, allOurs[mysql].StartupProbe)
	allOurs[mysql].StartupProbe = nil
	assert.Equal(t, []string{"bash", "/etc/mysql/conf.d/readiness.sh"}, allOurs[mysql].ReadinessProbe.Exec.Command)
	allOurs[mysql].ReadinessProbe.Exec.Command = allTheirs[mysql].ReadinessProbe.Exec.Command // the same query, and replication

	assert.Equal(t, theirs, ours, "all that is left")
}
