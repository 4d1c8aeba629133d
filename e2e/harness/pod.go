package harness

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// StartedAt is since when the server of a pod runs.
func StartedAt(pod corev1.Pod) time.Time {
	for _, container := range pod.Status.ContainerStatuses {
		if container.Name == "mysql" && container.State.Running != nil {
			return container.State.Running.StartedAt.Time
		}
	}
	return time.Time{}
}

// ReadyAt is since when the pod is Ready, or nil.
func ReadyAt(pod corev1.Pod) *time.Time {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			return &condition.LastTransitionTime.Time
		}
	}
	return nil
}

// state is what `kubectl get pods` would say, roughly.
func state(pod corev1.Pod) string {
	if pod.DeletionTimestamp != nil {
		return "Terminating"
	}
	if ReadyAt(pod) != nil {
		return "Ready"
	}
	for _, init := range pod.Status.InitContainerStatuses {
		if init.State.Terminated == nil || init.State.Terminated.ExitCode != 0 {
			return fmt.Sprintf("in %s (restarts: %d)", init.Name, init.RestartCount)
		}
	}
	ready, restarts := 0, int32(0)
	for _, container := range pod.Status.ContainerStatuses {
		restarts += container.RestartCount
		if container.Ready {
			ready++
		}
	}
	return fmt.Sprintf("%s %d/%d (restarts: %d)", pod.Status.Phase, ready, len(pod.Spec.Containers), restarts)
}
