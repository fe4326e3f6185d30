// A CSI provisioner: makes a volume and its PersistentVolume for every claim of the driver's classes, and
// deletes both when the claim is gone. It stands on the library of the stock external-provisioner, so that
// annotations, finalizers, events and retries are the same. The stock program itself needs a second set of
// the Kubernetes libraries, newer than the cluster's: three more minutes of compiling.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// A driver that hangs must not keep a worker for ever.
const callTimeout = 30 * time.Second

type provisioner struct {
	driver  string
	volumes csi.ControllerClient
}

func (p *provisioner) Provision(ctx context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	asked := options.PVC.Spec.Resources.Requests[v1.ResourceStorage]
	answer, err := p.volumes.CreateVolume(ctx, &csi.CreateVolumeRequest{
		Name:          options.PVName,
		Parameters:    options.StorageClass.Parameters,
		CapacityRange: &csi.CapacityRange{RequiredBytes: asked.Value()},
		VolumeCapabilities: []*csi.VolumeCapability{{
			AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{}},
			AccessMode: &csi.VolumeCapability_AccessMode{Mode: csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER},
		}},
	})
	if err != nil {
		// The driver does one call after the other per volume: none goes on in the background.
		return nil, controller.ProvisioningFinished, err
	}
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: *resource.NewQuantity(answer.Volume.CapacityBytes, resource.BinarySI)},
			MountOptions:                  options.StorageClass.MountOptions,
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			PersistentVolumeSource: v1.PersistentVolumeSource{CSI: &v1.CSIPersistentVolumeSource{
				Driver:           p.driver,
				VolumeHandle:     answer.Volume.VolumeId,
				VolumeAttributes: answer.Volume.VolumeContext,
				FSType:           "ext4",
			}},
		},
	}, controller.ProvisioningFinished, nil
}

func (p *provisioner) Delete(ctx context.Context, volume *v1.PersistentVolume) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// The driver refuses while the volume is attached; the library then asks again, later and later.
	_, err := p.volumes.DeleteVolume(ctx, &csi.DeleteVolumeRequest{VolumeId: volume.Spec.CSI.VolumeHandle})
	return err
}

func main() {
	socket := flag.String("csi-address", "", "path of the driver's socket")
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	metricsPort := flag.Int("metrics-port", 0, "port of the metrics on loopback; it is open once the program works")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	check(err)
	config.QPS, config.Burst = 50, 100
	client, err := kubernetes.NewForConfig(config)
	check(err)
	connection, err := grpc.NewClient("unix://"+*socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	info, err := csi.NewIdentityClient(connection).GetPluginInfo(ctx, &csi.GetPluginInfoRequest{}, grpc.WaitForReady(true))
	check(err)

	controller.NewProvisionController(
		ctx, client, info.Name,
		&provisioner{driver: info.Name, volumes: csi.NewControllerClient(connection)},
		controller.LeaderElection(false),
		controller.AddFinalizer(true),
		controller.FailedProvisionThreshold(0),
		controller.FailedDeleteThreshold(0),
		controller.RetryIntervalMax(10*time.Second),
		controller.MetricsAddress("127.0.0.1"),
		controller.MetricsPort(int32(*metricsPort)),
	).Run(ctx)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
