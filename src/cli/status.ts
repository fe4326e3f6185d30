import { listServices, readService } from './declaration';
import type { ServiceReference } from './service-reference';
import { serviceReport } from './service-report';
import { servicesTable } from './services-table';
import { answerJson, type Session } from './session';

/** `service-backup status [NAMESPACE/NAME]` */
export async function status(session: Session, reference?: ServiceReference): Promise<void> {
  const { kube } = session;
  if (reference) {
    const service = await readService(kube, reference);
    if (session.json) answerJson(session, documentOf(service));
    else session.answer(serviceReport(service, session));
    return;
  }
  const services = await listServices(kube);
  if (session.json) answerJson(session, services.map(documentOf));
  else if (services.length === 0)
    session.answer('No service is declared yet: write a ServiceBackup beside its stack, and apply it.');
  else session.answer(servicesTable(services, session));
}

const documentOf = ({
  metadata: { namespace, name },
  spec,
  status: now,
}: Awaited<ReturnType<typeof readService>>) => ({ namespace, name, spec, status: now ?? {} });
